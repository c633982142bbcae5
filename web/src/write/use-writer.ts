/** What one model writes: started, stopped, and followed token by token. */
import { useEffect, useState } from 'react'
import type { ModelClient } from '../models/client.js'
import type { WrittenToken } from '../models/protocol.js'
import type { WritingOptions } from '../models/writing-options.js'

export interface Writer {
  readonly prompt: string
  readonly tokens: readonly WrittenToken[]
  readonly isWriting: boolean
  readonly failure?: string
  start(prompt: string, options: WritingOptions): void
  stop(): void
}

const nothing = {
  prompt: '',
  tokens: [] as readonly WrittenToken[],
  isWriting: false,
  failure: undefined as string | undefined,
}

export function useWriter(client: ModelClient | undefined): Writer {
  const [state, setState] = useState(nothing)
  useEffect(() => {
    setState(nothing)
    client?.onWritten((more) => setState((before) => ({ ...before, tokens: [...before.tokens, ...more] })))
  }, [client])
  return {
    ...state,
    start(prompt, options) {
      if (!client) return
      setState({ ...nothing, prompt, isWriting: true })
      const end = (failure?: string) => setState((before) => ({ ...before, isWriting: false, failure }))
      client.ask('write', prompt, options).then(
        () => end(),
        ({ message }: Error) => end(message),
      )
    },
    stop: () => client?.stop(),
  }
}
