import type { Port } from './index.js'

/** A worker of this page as a port. */
export function workerPort(worker: Worker): Port {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (handler) => worker.addEventListener('message', ({ data }) => handler(data)),
    onError(handler) {
      worker.addEventListener('error', ({ message }) => handler(new Error(message || 'worker: ended with an error')))
      worker.addEventListener('messageerror', () => handler(new Error('worker: sent what cannot be read')))
    },
    close: () => worker.terminate(),
  }
}
