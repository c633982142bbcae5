/** One piece of work in a worker of its own, for a component that shows how far it is. */
import { useEffect, useRef, useState } from 'react'
import type { Ask, Tell } from './protocol.js'

export interface Work {
  readonly state: 'idle' | 'working' | 'done' | 'failed'
  /** The latest progress, or what went wrong. */
  readonly message: string
  /** Everything else that the worker said, in order. */
  readonly told: readonly Tell[]
}

const idle: Work = { state: 'idle', message: '', told: [] }

export function useWork() {
  const [work, set] = useState(idle)
  const worker = useRef<Worker>(undefined)
  const stop = () => {
    worker.current?.terminate()
    worker.current = undefined
    set(idle)
  }
  // Work ends with the page that asked for it.
  useEffect(() => () => worker.current?.terminate(), [])

  const start = (ask: Ask) => {
    worker.current?.terminate()
    const started = new Worker(new URL('./paper.worker.ts', import.meta.url), { type: 'module', name: 'papers' })
    worker.current = started
    set({ ...idle, state: 'working', message: 'starting' })
    const end = (state: Work['state'], message = '') => {
      started.terminate()
      set((before) => ({ ...before, state, message }))
    }
    started.onerror = ({ message }) => end('failed', message || 'The worker ended unexpectedly.')
    started.onmessage = ({ data }: MessageEvent<Tell>) => {
      if (data.kind === 'done') end('done')
      else if (data.kind === 'failed') end('failed', data.message)
      else if (data.kind === 'progress') set((before) => ({ ...before, message: data.message }))
      else set((before) => ({ ...before, told: [...before.told, data] }))
    }
    started.postMessage(ask)
  }
  return { work, start, stop }
}
