/** The executor's worker thread in Node. The first message says how many threads to use; the rest are requests. */
import { parentPort } from 'node:worker_threads'
import { createHost } from '../engine/onnx/host.js'
import { answer } from '../engine/onnx/remote.js'
import { nodePlatform } from './node.js'

const port = parentPort!
port.once('message', ({ threads }: { threads: number }) => {
  const host = nodePlatform.loadOnnxRuntime({ threads }).then((runtime) => createHost(runtime, threads))
  port.on(
    'message',
    answer(host, (message) => port.postMessage(message)),
  )
})
