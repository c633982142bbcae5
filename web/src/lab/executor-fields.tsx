/** What computes: the processor through WASM, or the graphics processor through WebGPU once it has shown that it can. */
import { type ReactNode, useEffect } from 'react'
import { useStore } from '../common/store.js'
import { checkGpu, type GpuState, gpu } from '../gpu/check.js'
import { checkSteps, tolerance } from '../gpu/protocol.js'

interface Props {
  readonly executor: string
  readonly problem?: string
  onChange(executor: string): void
  /** The field for threads. */
  readonly children: ReactNode
}

const kinds = { wasm: 'WASM (processor)', webgpu: 'WebGPU (graphics)' } as const

export function ExecutorFields({ executor, problem, onChange, children }: Props) {
  const state = useStore(gpu)
  useEffect(() => {
    // Not before someone asks: looking for an adapter may start a process.
    if (executor === 'webgpu' && state.status === 'unknown') checkGpu()
  }, [executor, state])
  return (
    <fieldset>
      <legend>Executor</legend>
      <div className="row" role="radiogroup" aria-label="Executor">
        {Object.entries(kinds).map(([kind, name]) => (
          <label key={kind} className="inline">
            <input type="radio" name="executor" checked={executor === kind} onChange={() => onChange(kind)} />
            {name}
          </label>
        ))}
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {executor === 'webgpu' && (
        <p className={state.status === 'failed' ? 'problem' : 'quiet'} role="status">
          {stateText(state)}
        </p>
      )}
      <div className="pairs">{children}</div>
    </fieldset>
  )
}

function stateText({ status, adapter, difference, why }: GpuState): string {
  const found = adapter ? `Adapter: ${adapter}. ` : ''
  if (status === 'failed') return `${found}${why}. Models train on WASM.`
  if (status === 'passed') {
    const size = difference === 0 ? 'not at all' : `by ${difference!.toExponential(1)} at most`
    return `${found}Self-check passed: over ${checkSteps} steps of a tiny model, losses differ from WASM’s ${size} (allowed: ${tolerance}).`
  }
  return `${found}${adapter ? 'Self-check: training a tiny model on both …' : 'Looking for an adapter …'}`
}
