/** Loaded into every thread of a command (NODE_OPTIONS) to make something fail that cannot be made to from outside. */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const [what, after] = (process.env.SABOTAGE ?? '').split(':')

/** Calls `fail` instead of the method when it is called for the n-th time. */
function failing(target, method, fail) {
  const real = target[method]
  let calls = 0
  target[method] = function (...args) {
    return ++calls === Number(after) ? fail() : real.apply(this, args)
  }
}

if (what === 'stray') {
  // Not before the command line listens, however long it takes to load.
  const stray = () => Promise.reject(new Error('nobody waits for this'))
  const waiting = setInterval(() => {
    if (process.listenerCount('unhandledRejection') + process.listenerCount('uncaughtException') === 0) return
    clearInterval(waiting)
    setTimeout(stray, Number(after))
  }, 10)
  if (!isMainThread) clearInterval(waiting)
} else if (what === 'load') {
  process.dlopen = () => {
    throw new Error('libonnxruntime.so.1: cannot open shared object file\nmore that nobody wants to read')
  }
} else if (what && !isMainThread) {
  const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node')
  failing(InferenceSession.prototype, 'run', () => {
    if (what === 'exit') process.exit(5)
    throw new Error('Non-zero status code returned while running Gather node.\nmore that nobody wants to read')
  })
}
