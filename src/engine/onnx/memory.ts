/** Where tensors are that outlive a run: arrays of JavaScript, or buffers of a graphics processor. */
import type { TypedTensor } from 'onnxruntime-common'
import type { Gpu, OnnxRuntime } from '../../platform/index.js'
import { sizeOf, type TensorData } from '../tensor.js'
import { free } from './free.js'

type Runtime = OnnxRuntime['api']
export type OrtTensor = TypedTensor<any>
type Data = TensorData['data']

export interface Memory {
  /** A tensor with a copy of these values. */
  hold(value: TensorData): OrtTensor
  /** One to be written into. */
  empty(shape: readonly number[], dtype: TensorData['dtype']): OrtTensor
  /** A copy of what a tensor holds. */
  read(tensor: OrtTensor): Promise<Data>
  /** Gives the memory of tensors back that nothing reads any more. */
  free(tensors: readonly OrtTensor[]): void
}

const typeNames = { f32: 'float32', i32: 'int32', bool: 'bool' } as const
const arrays = { f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const
const dtypes = { float32: 'f32', int32: 'i32', bool: 'bool' } as const

const dtypeOf = (tensor: OrtTensor): TensorData['dtype'] => dtypes[tensor.type as keyof typeof dtypes]

/** Puts data into the array type that the runtime wants. */
export function toOrt(runtime: Runtime, { dtype, shape, data }: TensorData): OrtTensor {
  const array = dtype === 'f32' ? (data instanceof Float32Array ? data : Float32Array.from(data)) : data
  return new runtime.Tensor(typeNames[dtype] as 'float32', array as Float32Array, shape as number[])
}

export function hostMemory(runtime: Runtime): Memory {
  return {
    hold: (value) => toOrt(runtime, { ...value, data: value.data.slice() }),
    empty: (shape, dtype) => toOrt(runtime, { shape, dtype, data: new arrays[dtype](sizeOf(shape)) }),
    read: async ({ data }) => (data as Float32Array).slice(),
    free: (tensors) => free(tensors.map(({ data }) => (data as Float32Array).buffer)),
  }
}

/** Bits of the WebGPU standard, which the types of pages lack. */
const usage = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 } as const
const mapRead = 0x1

export function gpuMemory(runtime: Runtime, { device, guard }: Gpu): Memory {
  /** The runtime's kernels read and write in groups of 16 bytes. */
  const padded = (bytes: number) => Math.max(16, Math.ceil(bytes / 16) * 16)
  const create = (shape: readonly number[], dtype: TensorData['dtype'], values?: Data): OrtTensor => {
    const buffer = device.createBuffer({
      size: padded(sizeOf(shape) * arrays[dtype].BYTES_PER_ELEMENT),
      usage: usage.storage | usage.copySource | usage.copyTarget,
      mappedAtCreation: values !== undefined,
    })
    if (values) {
      new arrays[dtype](buffer.getMappedRange()).set(values)
      buffer.unmap()
    }
    return runtime.Tensor.fromGpuBuffer(buffer, { dataType: typeNames[dtype], dims: shape })
  }
  return {
    hold: ({ shape, dtype, data }) => create(shape, dtype, data),
    empty: create,
    read: (tensor) =>
      guard(async () => {
        const Values = arrays[dtypeOf(tensor)]
        const bytes = tensor.size * Values.BYTES_PER_ELEMENT
        const size = padded(bytes)
        const copy = device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
        try {
          const encoder = device.createCommandEncoder()
          encoder.copyBufferToBuffer(tensor.gpuBuffer as GPUBuffer, 0, copy, 0, size)
          device.queue.submit([encoder.finish()])
          await copy.mapAsync(mapRead)
          return new Values(copy.getMappedRange().slice(0, bytes))
        } finally {
          copy.destroy()
        }
      }),
    free: (tensors) => {
      for (const { gpuBuffer } of tensors) (gpuBuffer as GPUBuffer).destroy()
    },
  }
}
