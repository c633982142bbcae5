/** What a trained model does with a text: what each token costs, what the state holds, what attends to what. */
import { useState } from 'react'
import { addressOf } from '../common/address.js'
import { useAddressState } from '../models/address-state.js'
import { RunChoice } from '../models/run-choice.js'
import { type OpenModel, useModel, useRuns } from '../models/use-model.js'
import { colourings } from './colouring.js'
import './inside.css'
import { Looking } from './looking.js'
import { Scrub } from './scrub.js'
import { TextChoice } from './text-choice.js'

const defaults = { run: '', with: '', text: '', layer: '0', at: '0', colour: 'loss' }

export default function Inside() {
  const runs = useRuns()
  const [chosen, change] = useAddressState('inside', defaults)
  const first = chosen.run || runs?.[0]?.name || ''
  const models = [useModel(first), useModel(chosen.with)]
  const [tokens, setTokens] = useState<readonly string[]>([])
  if (runs?.length === 0 && chosen.run === '') return <Empty />
  const open = models.flatMap(({ value }) => (value ? [value] : []))
  const text = chosen.text || open[0]?.opened.sample || ''
  const layers = Math.max(1, ...open.map(({ opened }) => opened.mixers.length))
  const position = Math.min(Number(chosen.at) || 0, Math.max(0, tokens.length - 1))
  const layer = Math.min(Number(chosen.layer) || 0, layers - 1)
  const names = [first, chosen.with]
  return (
    <>
      <h1>Inside</h1>
      <section className="card" aria-label="What to look at">
        <div className="choices">
          <RunChoice label="Model" runs={runs ?? []} value={first} onChange={(run) => change({ run })} />
          <RunChoice
            label="Compare with"
            runs={runs ?? []}
            value={chosen.with}
            none="nothing"
            onChange={(other) => change({ with: other })}
          />
        </div>
        <TextChoice text={text} isText={open[0]?.opened.isText ?? true} onChoose={(next) => change({ text: next })} />
      </section>
      {models.map(({ value, failure }, index) =>
        failure ? (
          <p key={names[index]} className="notice bad" role="alert">
            {names[index]} cannot be opened: {failure}
          </p>
        ) : (
          names[index] &&
          !value && (
            <p key={names[index]} className="quiet">
              Opening {names[index]} …
            </p>
          )
        ),
      )}
      {open.length > 0 && text && (
        <div className={open.length > 1 ? 'pair' : undefined}>
          {open.map((model: OpenModel, index) => (
            <Looking
              key={model.name}
              model={model}
              text={text}
              layer={Math.min(layer, model.opened.mixers.length - 1)}
              position={position}
              colouring={chosen.colour}
              onMove={(at) => change({ at: `${at}` })}
              onTokens={index === 0 ? setTokens : undefined}
            />
          ))}
        </div>
      )}
      {tokens.length > 0 && (
        <Scrub
          tokens={tokens}
          position={position}
          layers={layers}
          layer={layer}
          colouring={chosen.colour in colourings ? chosen.colour : 'loss'}
          onChange={change}
        />
      )}
    </>
  )
}

function Empty() {
  return (
    <div className="notice">
      <h1>Inside</h1>
      <p>
        There is no trained model in this browser yet. <a href={addressOf('lab')}>Train one in the Lab</a>: a hundred
        steps are enough to look into it.
      </p>
    </div>
  )
}
