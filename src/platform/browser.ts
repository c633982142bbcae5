import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { browserFiles } from './browser-files.js'
import { workerPort } from './browser-port.js'
import type { Platform } from './index.js'

/** Pages and their workers, on the ONNX Runtime's WebAssembly build. */
export const browserPlatform: Platform = {
  name: 'browser',
  files: browserFiles,
  // Threads share memory, which pages may only where they are isolated from other origins.
  cores: globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1,
  now: () => performance.now(),
  memory: () => undefined,
  // The runtime's WebAssembly has addresses of 32 bits.
  memoryLimit: () => 2 ** 32,
  startExecutorWorker: () =>
    workerPort(new Worker(new URL('./browser-worker.js', import.meta.url), { type: 'module' })),

  async loadOnnxRuntime({ threads }) {
    // Imported when asked for: a static import hangs where its own threads load the chunk that holds this worker.
    const api = await import('onnxruntime-web/wasm')
    api.env.wasm.numThreads = threads
    return { api: api as unknown as typeof import('onnxruntime-common'), fillsOutputs: false }
  },

  async sha256(data) {
    const hash = sha256.create()
    for await (const chunk of data) hash.update(chunk)
    return bytesToHex(hash.digest())
  },
}
