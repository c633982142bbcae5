/** The graphics processor of a browser, for the executor. */
import { UserError } from './errors.js'
import type { Gpu, GpuName } from './index.js'

/** What the runtime's kernels are limited by; as much of each as the adapter has. */
const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[]
/** What its kernels use where it is there. */
const features = ['shader-f16', 'subgroups'] as const

/** @throws UserError where the browser has none for this page */
async function requestAdapter(): Promise<GPUAdapter> {
  const gpu: GPU | undefined = navigator.gpu
  if (!gpu) throw new UserError('This browser has no WebGPU for this page')
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new UserError('This browser has WebGPU, but no adapter for it on this machine')
  return adapter
}

/** @throws UserError where the browser has none for this page */
export async function nameOfGpu(): Promise<GpuName> {
  const { info } = await requestAdapter()
  const name = [...new Set([info.description || info.device, info.vendor, info.architecture])].filter(Boolean).join(' ')
  return { name: name || 'an adapter without a name', isSoftware: info.isFallbackAdapter }
}

export async function openGpu(): Promise<Gpu> {
  const adapter = await requestAdapter()
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
    requiredFeatures: features.filter((name) => adapter.features.has(name)),
  })
  const waiting = new Set<(error: Error) => void>()
  let failure: Error | undefined
  const fail = (message: string) => {
    failure ??= new UserError(message)
    for (const reject of waiting) reject(failure)
  }
  const goOn = '– continue from the last checkpoint, on WebGPU or on WASM'
  device.lost.then(({ message, reason }) => fail(`The GPU was lost (${firstLine(message) || reason}) ${goOn}`))
  // What goes wrong in its queue is told here alone; results after it are not to be trusted.
  device.addEventListener('uncapturederror', ({ error }) =>
    fail(`The GPU failed (${firstLine(error.message)}) ${goOn}`),
  )
  return {
    device,
    guard: (work) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        waiting.add(reject)
        // A run that the loss cut off may never end, or end with a message of the runtime's own.
        work()
          .then(
            (value) => (failure ? reject(failure) : resolve(value)),
            (error) => reject(failure ?? error),
          )
          .finally(() => waiting.delete(reject))
      }),
  }
}

const firstLine = (message: string) => message.trim().split('\n', 1)[0].replace(/\.$/, '')
