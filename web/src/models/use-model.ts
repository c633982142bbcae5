/** Runs opened for looking and writing, and their answers, as components use them. */
import { useEffect, useState } from 'react'
import { useStore } from '../common/store.js'
import { runPath } from '../runs/places.js'
import { refreshRuns, runs } from '../runs/runs.js'
import { type ModelClient, startModel } from './client.js'
import type { Opened } from './protocol.js'

export interface OpenModel {
  readonly name: string
  readonly client: ModelClient
  readonly opened: Opened
}

export interface Loading<T> {
  readonly value?: T
  readonly failure?: string
}

/** A run in a worker of its own, which ends with the component. */
export function useModel(name: string): Loading<OpenModel> {
  const [state, setState] = useState<Loading<OpenModel>>({})
  useEffect(() => {
    setState({})
    if (name === '') return
    const client = startModel()
    let isCurrent = true
    client.ask('open', runPath(name)).then(
      (opened) => isCurrent && setState({ value: { name, client, opened } }),
      ({ message }: Error) => isCurrent && setState({ failure: message }),
    )
    return () => {
      isCurrent = false
      client.close()
    }
  }, [name])
  return state
}

/** What `ask` answers, anew whenever `about` changes; the last answer stays until the next one is there. */
export function useAnswer<T>(ask: () => Promise<T> | undefined, about: readonly unknown[]): Loading<T> {
  const [state, setState] = useState<Loading<T>>({})
  useEffect(() => {
    let isCurrent = true
    ask()?.then(
      (value) => isCurrent && setState({ value }),
      ({ message }: Error) => isCurrent && setState({ failure: message }),
    )
    return () => {
      isCurrent = false
    }
    // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what its question depends on
  }, about)
  return state
}

/** The runs of this browser that have begun, the newest first; undefined while the storage is read. */
export function useRuns() {
  const list = useStore(runs)
  useEffect(() => {
    if (!list) refreshRuns()
  }, [list])
  return list?.filter(({ status }) => status !== 'failed' && status !== 'starting')
}
