/** The page's side of a model's worker. */
import type { Calls, FromModel, ToModel, WrittenToken } from './protocol.js'

export interface ModelClient {
  ask<K extends keyof Calls>(call: K, ...given: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>>
  /** Ends what is being written. */
  stop(): void
  onWritten(listener: (tokens: readonly WrittenToken[]) => void): void
  close(): void
}

export function startModel(): ModelClient {
  const worker = new Worker(new URL('./model.worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>()
  let count = 0
  let listener: (tokens: readonly WrittenToken[]) => void = () => {}
  const failAll = (message: string) => {
    for (const { reject } of waiting.values()) reject(new Error(message))
    waiting.clear()
  }
  worker.onerror = ({ message }) => failAll(message || 'The worker of this model ended unexpectedly – reload the page.')
  worker.onmessage = ({ data }: MessageEvent<FromModel>) => {
    if ('written' in data) return listener(data.written)
    const { resolve, reject } = waiting.get(data.id) ?? {}
    waiting.delete(data.id)
    if ('failure' in data) reject?.(new Error(data.failure))
    else resolve?.(data.answer as never)
  }
  return {
    ask(call, ...given) {
      const id = count++
      worker.postMessage({ id, call, with: given } as unknown as ToModel)
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    },
    stop: () => worker.postMessage({ call: 'stop' } satisfies ToModel),
    onWritten(next) {
      listener = next
    },
    close() {
      worker.terminate()
      waiting.clear()
    },
  }
}
