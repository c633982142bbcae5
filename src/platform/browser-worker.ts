/** The executor's worker in a browser. The first message says what computes, on how many threads; the rest are requests. */
import { createHost } from '../engine/onnx/host.js'
import { answer } from '../engine/onnx/remote.js'
import { browserPlatform } from './browser.js'
import type { Provider } from './index.js'

addEventListener(
  'message',
  ({ data: options }: MessageEvent<{ threads: number; provider: Provider }>) => {
    const host = browserPlatform.loadOnnxRuntime(options).then((runtime) => createHost(runtime, options.threads))
    const handle = answer(host, (message) => postMessage(message))
    addEventListener('message', ({ data }) => handle(data))
  },
  { once: true },
)
