/** Text from one or two trained models, as it comes, with what each token costs. */
import { useState } from 'react'
import { addressOf } from '../common/address.js'
import { useAddressState } from '../models/address-state.js'
import { RunChoice } from '../models/run-choice.js'
import { useModel, useRuns } from '../models/use-model.js'
import { optionFields, type WritingOptions } from '../models/writing-options.js'
import { Costs } from './costs.js'
import { Options } from './options.js'
import { Output } from './output.js'
import { useWriter } from './use-writer.js'
import './write.css'

const fields = optionFields()
const defaults: Readonly<Record<string, string>> = {
  run: '',
  with: '',
  prompt: '',
  ...Object.fromEntries(fields.map(({ name, standard }) => [name, standard === undefined ? '' : `${standard}`])),
}

export default function Write() {
  const runs = useRuns()
  const [chosen, change] = useAddressState('write', defaults)
  const [problem, setProblem] = useState<string>()
  const first = chosen.run || runs?.[0]?.name || ''
  const models = [useModel(first), useModel(chosen.with)]
  const writers = [useWriter(models[0].value?.client), useWriter(models[1].value?.client)]
  if (runs?.length === 0 && chosen.run === '') return <Empty />
  const sample = models[0].value?.opened
  const prompt = chosen.prompt || (sample?.isText ? `${sample.sample.split('\n')[0]}\n` : (sample?.sample ?? ''))
  const names = chosen.with ? [first, chosen.with] : [first]
  const isWriting = writers.some((writer) => writer.isWriting)
  const start = () => {
    const given = fields.flatMap(({ name }) =>
      chosen[name].trim() === '' ? [] : [[name, Number(chosen[name])] as const],
    )
    const wrong = given.find(([, value]) => !Number.isFinite(value))
    setProblem(wrong && `${wrong[0]}: “${chosen[wrong[0]]}” is not a number.`)
    if (!wrong) for (const writer of writers) writer.start(prompt, Object.fromEntries(given) as WritingOptions)
  }
  const isReady = models[0].value && (!chosen.with || models[1].value)
  return (
    <>
      <h1>Write</h1>
      <div className="columns">
        <form
          className="card"
          onSubmit={(event) => {
            event.preventDefault()
            start()
          }}
        >
          <RunChoice label="Model" runs={runs ?? []} value={first} onChange={(run) => change({ run })} />
          <RunChoice
            label="And beside it"
            runs={runs ?? []}
            value={chosen.with}
            none="nothing"
            onChange={(other) => change({ with: other })}
          />
          <div className="field">
            <label htmlFor="prompt">Prompt</label>
            <textarea id="prompt" rows={3} value={prompt} onChange={({ target }) => change({ prompt: target.value })} />
          </div>
          <Options fields={fields} values={chosen} onChange={change} />
          <div className="row">
            <button type="submit" className="primary" disabled={!isReady || isWriting}>
              Write
            </button>
            <button type="button" disabled={!isWriting} onClick={() => writers.map((writer) => writer.stop())}>
              Stop
            </button>
          </div>
          {problem && (
            <p className="notice bad" role="alert">
              {problem}
            </p>
          )}
        </form>
        <div className="written">
          {names.map((name, index) => (
            <Output
              key={name}
              name={name}
              index={index}
              prompt={writers[index].prompt}
              writer={writers[index]}
              status={models[index].failure ?? (models[index].value || name === '' ? undefined : `Opening ${name} …`)}
            />
          ))}
          <Costs series={names.map((name, index) => ({ name, tokens: writers[index].tokens }))} />
        </div>
      </div>
    </>
  )
}

function Empty() {
  return (
    <div className="notice">
      <h1>Write</h1>
      <p>
        There is no trained model in this browser yet. <a href={addressOf('lab')}>Train one in the Lab</a>, and let it
        write here.
      </p>
    </div>
  )
}
