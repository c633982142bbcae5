import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { browserFiles } from './browser-files.js'
import { openGpu } from './browser-gpu.js'
import { workerPort } from './browser-port.js'
import type { Platform } from './index.js'

export { isLocked } from './browser-files.js'
export { nameOfGpu } from './browser-gpu.js'

/** Pages and their workers, on the ONNX Runtime's builds for WebAssembly and WebGPU. */
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

  async loadOnnxRuntime({ threads, provider }) {
    const gpu = provider === 'webgpu' ? await openGpu() : undefined
    const api = await load(gpu !== undefined)
    api.env.wasm.numThreads = threads
    return { api, fillsOutputs: false, gpu }
  },

  async sha256(data) {
    const hash = sha256.create()
    for await (const chunk of data) hash.update(chunk)
    return bytesToHex(hash.digest())
  },
}

/**
 * Imported when asked for: a static import hangs where its own threads load the chunk that holds this worker. Of the
 * builds with WebGPU, the smaller and faster one needs a browser that suspends WebAssembly.
 */
async function load(withGpu: boolean): Promise<typeof import('onnxruntime-common')> {
  const module = !withGpu
    ? await import('onnxruntime-web/wasm')
    : 'Suspending' in WebAssembly
      ? await import('onnxruntime-web/jspi')
      : await import('onnxruntime-web/webgpu')
  return module as unknown as typeof import('onnxruntime-common')
}
