/** What can be done with a run. */
import { useEffect, useId, useRef, useState } from 'react'
import { addressOf } from '../common/address.js'
import { useStore } from '../common/store.js'
import { gpu } from '../gpu/check.js'
import { exportRun } from '../runs/archive.js'
import type { ExecutorKind } from '../runs/plan.js'
import { changeRate, continueRun, pauseRun, type RunView, removeRun } from '../runs/runs.js'

export function RunActions({ run }: { readonly run: RunView }) {
  const { name, status, plan, curve } = run
  const title = plan?.model.name ?? name
  const [problem, setProblem] = useState<string>()
  const isOver = status === 'finished'
  const isUnderWay = ['waiting', 'starting', 'training', 'pausing'].includes(status)
  return (
    <>
      <div className="row actions">
        {!isOver && isUnderWay && (
          <button
            type="button"
            disabled={status === 'pausing'}
            aria-label={`Pause ${title}`}
            onClick={() => pauseRun(name)}
          >
            Pause
          </button>
        )}
        {!isOver && !isUnderWay && plan && (
          <>
            <button type="button" aria-label={`Continue ${title}`} onClick={() => continueRun(name)}>
              Continue
            </button>
            <Elsewhere name={name} title={title} executor={plan.executor} />
          </>
        )}
        {!isUnderWay && curve.length > 0 && (
          <>
            <a className="button" href={addressOf('inside', '', { run: name })} aria-label={`Look inside ${title}`}>
              Look inside
            </a>
            <a className="button" href={addressOf('write', '', { run: name })} aria-label={`Write with ${title}`}>
              Write
            </a>
            <button
              type="button"
              aria-label={`Export ${title}`}
              onClick={() =>
                exportRun(name).then(
                  () => setProblem(undefined),
                  (error: Error) => setProblem(error.message),
                )
              }
            >
              Export
            </button>
          </>
        )}
        <Remove name={name} title={title} />
        {!isOver && plan && (
          <Rate key={String(plan.training.rate)} name={name} rate={Number(plan.training.rate ?? 1e-3)} />
        )}
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

function Remove({ name, title }: { readonly name: string; readonly title: string }) {
  const [isAsked, ask] = useState(false)
  if (isAsked) return <Sure name={name} title={title} keep={() => ask(false)} />
  return (
    <button type="button" aria-label={`Remove ${title}`} onClick={() => ask(true)}>
      Remove
    </button>
  )
}

function Sure({ name, title, keep }: { readonly name: string; readonly title: string; keep(): void }) {
  const yes = useRef<HTMLButtonElement>(null)
  // The button that was pressed is gone: the keyboard goes on from its answer.
  useEffect(() => yes.current?.focus(), [])
  return (
    <span className="row">
      <span>Remove {title} for good?</span>
      <button ref={yes} type="button" className="bad" onClick={() => removeRun(name)}>
        Yes, remove
      </button>
      <button type="button" onClick={keep}>
        Keep
      </button>
    </span>
  )
}

/** Going on with the other executor: WASM is there always, WebGPU once it was found right. */
function Elsewhere({ name, title, executor }: { name: string; title: string; executor?: ExecutorKind }) {
  const { status } = useStore(gpu)
  const other = executor === 'webgpu' ? 'wasm' : 'webgpu'
  if (other === 'webgpu' && status !== 'passed') return undefined
  const label = other === 'wasm' ? 'WASM' : 'WebGPU'
  return (
    <button
      type="button"
      aria-label={`Continue ${title} on ${label}`}
      onClick={() => continueRun(name, { executor: other })}
    >
      Continue on {label}
    </button>
  )
}

/** A run under way is saved and goes on at the new rate from the same step. */
function Rate({ name, rate }: { readonly name: string; readonly rate: number }) {
  const id = useId()
  const [text, type] = useState(String(rate))
  const value = Number(text)
  const isRate = text.trim() !== '' && Number.isFinite(value) && value > 0
  return (
    <form
      className="row rate"
      onSubmit={(event) => {
        event.preventDefault()
        if (isRate && value !== rate) changeRate(name, value)
      }}
    >
      <label htmlFor={id} className="quiet">
        Peak learning rate
      </label>
      <input
        id={id}
        inputMode="decimal"
        value={text}
        aria-invalid={!isRate}
        onChange={({ target }) => type(target.value)}
      />
      <button type="submit" disabled={!isRate || value === rate}>
        Apply and go on
      </button>
      {!isRate && <span className="problem">must be a number above 0, got “{text}”</span>}
    </form>
  )
}
