/** The executor's worker thread in Node. The first message says what computes, on how many threads; the rest are requests. */
import { parentPort } from 'node:worker_threads'
import { createHost } from '../engine/onnx/host.js'
import { answer } from '../engine/onnx/remote.js'
import type { Provider } from './index.js'
import { nodePlatform } from './node.js'

const port = parentPort!
port.once('message', (options: { threads: number; provider: Provider }) => {
  const host = nodePlatform.loadOnnxRuntime(options).then((runtime) => createHost(runtime, options.threads))
  port.on(
    'message',
    answer(host, (message) => port.postMessage(message)),
  )
})
