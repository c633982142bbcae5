import { Worker } from 'node:worker_threads'
import type { Port } from './index.js'

/** Starts a module as a worker thread. A thread that ends before it was closed is an error. */
export function startWorker(module: URL): Port {
  const worker = new Worker(module)
  let closed = false
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (handler) => void worker.on('message', handler),
    onError(handler) {
      worker.on('error', (error) => {
        closed = true
        handler(error)
      })
      worker.on('messageerror', handler)
      worker.on('exit', (code) => {
        if (!closed) handler(new Error(`worker ${module.pathname}: ended by itself with code ${code}`))
      })
    },
    async close() {
      closed = true
      await worker.terminate()
    },
  }
}
