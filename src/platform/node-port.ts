import { Worker } from 'node:worker_threads'
import type { Port } from './index.js'

/** MiB of new objects before a thread looks which are in use; V8's 48 for each would be most of what a small model takes. */
const youngGeneration = 6

/** Starts a module as a worker thread. A thread that ends before it was closed is an error, told again at every later post. */
export function startWorker(module: URL): Port {
  const worker = new Worker(module, { resourceLimits: { maxYoungGenerationSizeMb: youngGeneration } })
  const handlers: ((error: Error) => void)[] = []
  let closed = false
  let failure: Error | undefined
  const tell = (error: Error) => {
    for (const handler of handlers) handler(error)
  }
  const fail = (error: Error) => {
    failure ??= error
    tell(failure)
  }
  worker.on('error', fail)
  worker.on('messageerror', fail)
  worker.on('exit', (code) => {
    if (!closed && !failure) fail(new Error(`worker ${module.pathname}: ended by itself with code ${code}`))
  })
  return {
    post(message, transfer) {
      worker.postMessage(message, transfer)
      // Nobody will answer: whoever waits for it must not wait forever.
      if (failure) setImmediate(tell, failure)
    },
    onMessage: (handler) => void worker.on('message', handler),
    onError: (handler) => void handlers.push(handler),
    async close() {
      closed = true
      await worker.terminate()
      failure ??= new Error(`worker ${module.pathname}: was closed`)
    },
  }
}
