/** The executor's worker in a browser. The first message says how many threads to use; the rest are requests. */
import { createHost } from '../engine/onnx/host.js'
import { answer } from '../engine/onnx/remote.js'
import { browserPlatform } from './browser.js'

addEventListener(
  'message',
  ({ data: { threads } }: MessageEvent<{ threads: number }>) => {
    const host = browserPlatform.loadOnnxRuntime({ threads }).then((runtime) => createHost(runtime, threads))
    const handle = answer(host, (message) => postMessage(message))
    addEventListener('message', ({ data }) => handle(data))
  },
  { once: true },
)
