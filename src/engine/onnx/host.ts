/** Holds sessions and state and runs them; lives in a worker thread or beside the caller. */
import type { InferenceSession } from 'onnxruntime-common'
import type { OnnxRuntime } from '../../platform/index.js'
import type { Bindings, LeafValue } from '../executor.js'
import { type Spec, sizeOf, type TensorData } from '../tensor.js'
import { freeCopies } from './free.js'
import { gpuMemory, hostMemory, type OrtTensor, toOrt } from './memory.js'
import { axisOf, type Buffers, createBuffers } from './store.js'

export interface SessionRequest {
  readonly key: string
  readonly model: Uint8Array
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly outputs: readonly Spec[]
  readonly constants: readonly (readonly [string, TensorData])[]
  /** Tensors of the model that lie outside of its bytes, or the folder of their files. */
  readonly embedded: string | readonly (readonly [string, Uint8Array])[]
  /** Whether memory is laid out ahead of a run. */
  readonly planned: boolean
  /** Whether the provider should have all of its operators. */
  readonly whole: boolean
}

/** What can be asked of a host, directly or through messages. */
export interface Host {
  /**
   * Creates a session unless one with this key is held; `undefined` when `load` was not given and none is. `divided`:
   * it should have been whole, but the runtime gives a part of it to the CPU.
   */
  prepare(key: string, load?: SessionRequest): Promise<{ readonly divided: boolean } | undefined>
  release(key: string): Promise<void>
  run(key: string, bindings: Bindings, store: number | undefined, feeds: readonly TensorData[]): Promise<TensorData[]>
  write(store: number, leaves: Readonly<Record<string, LeafValue>>): Promise<void>
  read(store: number, names?: readonly string[]): Promise<Record<string, TensorData & { used: number }>>
  grow(store: number, name: string, capacity: number): Promise<void>
  rename(store: number, names: Readonly<Record<string, string>>): Promise<void>
  remove(store: number, names: readonly string[]): Promise<void>
  copyRow(store: number, names: Readonly<Record<string, string>>, from: number, to: number): Promise<void>
  revert(store: number): Promise<void>
  bytes(store: number, names?: readonly string[]): Promise<{ used: number; allocated: number }>
  dispose(store: number): Promise<void>
}

interface Held {
  readonly session: InferenceSession
  readonly request: Omit<SessionRequest, 'model' | 'embedded'>
  readonly constants: Readonly<Record<string, OrtTensor>>
  readonly fetched: (OrtTensor | undefined)[]
}

type Targets = Record<string, OrtTensor | null>

export function createHost({ api: runtime, fillsOutputs, gpu }: OnnxRuntime, threads: number): Host {
  const host = hostMemory(runtime)
  const replaced = gpu ? gpuMemory(runtime, gpu) : host
  const guard = gpu ? gpu.guard : <T>(work: () => Promise<T>) => work()
  const sessions = new Map<string, Held>()
  const stores = new Map<number, Buffers>()
  const storeOf = (id: number) => {
    if (!stores.has(id)) stores.set(id, createBuffers({ host, replaced }))
    return stores.get(id)!
  }

  return {
    async prepare(key, load) {
      if (sessions.has(key)) return { divided: false }
      if (!load) return undefined
      const options: InferenceSession.SessionOptions = {
        executionProviders: gpu ? [{ name: 'webgpu', device: gpu.device }] : undefined,
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Planned for large programs, memory would be a third more than what values take as they come and go.
        enableMemPattern: load.planned,
        // Programs come simplified; the runtime's own passes change nothing in a step and would merge recomputed values.
        graphOptimizationLevel: 'disabled',
        // Failures come back as errors; the runtime need not print them too.
        logSeverityLevel: 4,
        ...(typeof load.embedded === 'string'
          ? { extra: { session: { model_external_initializers_file_folder_path: load.embedded } } }
          : { externalData: load.embedded.map(([path, data]) => ({ path, data })) }),
        // The arena would keep the room of the weights as they were before the session arranged them.
        enableCpuMemArena: load.embedded.length === 0,
      }
      const { model, embedded, ...request } = load
      const create = (more: InferenceSession.SessionOptions = {}) =>
        guard(() => runtime.InferenceSession.create(model, { ...options, ...more }))
      // Where the CPU may not help out, a session that would need it is refused.
      const alone = gpu && load.whole ? create({ extra: { session: { disable_cpu_ep_fallback: '1' } } }) : undefined
      const whole = await alone?.catch(() => undefined)
      const session = whole ?? (await create())
      const place = (value: TensorData) => (gpu ? replaced.hold(value) : toOrt(runtime, value))
      const constants = Object.fromEntries(load.constants.map(([name, value]) => [name, place(value)]))
      sessions.set(key, { session, request, constants, fetched: load.outputs.map(() => undefined) })
      return { divided: alone !== undefined && whole === undefined }
    },

    async release(key) {
      const held = sessions.get(key)
      sessions.delete(key)
      if (gpu && held) replaced.free(Object.values(held.constants))
      host.free(held?.fetched.filter((tensor) => tensor !== undefined) ?? [])
      await held?.session.release()
    },

    async run(key, bindings, storeId, feeds) {
      const held = sessions.get(key)
      if (!held) throw new Error('executor: the executable was released')
      const { request, session } = held
      const store = storeId === undefined ? undefined : storeOf(storeId)
      const inputs: Record<string, OrtTensor> = { ...held.constants }
      let fed = 0
      bindings.inputs.forEach((binding, index) => {
        const name = request.inputNames[index]
        if (binding === 'feed') inputs[name] = toOrt(runtime, feeds[fed++])
        else if ('leaf' in binding) inputs[name] = store!.leaf(binding.leaf).read
        else {
          const { used, apart } = store!.leaf(binding.used)
          inputs[name] = toOrt(runtime, { shape: apart ? [used.length, 1] : [], dtype: 'i32', data: used })
        }
      })
      /** Where an output is to be written; elsewhere the runtime makes a tensor for it. */
      const targetOf = (binding: Bindings['outputs'][number], index: number): OrtTensor | null => {
        if (binding !== 'fetch' && store!.leaf(binding.leaf).change === 'replace')
          return fillsOutputs || gpu ? store!.target(binding.leaf) : null
        if (!fillsOutputs) return null
        const { shape, dtype } = request.outputs[index]
        held.fetched[index] ??= host.empty(shape, dtype)
        return held.fetched[index]
      }
      const targets: Targets = Object.fromEntries(
        bindings.outputs.map((binding, index) => [request.outputNames[index], targetOf(binding, index)]),
      )
      const returned = await guard(() => session.run(inputs, targets))
      if (fillsOutputs) freeCopies(returned, targets as Record<string, OrtTensor>)
      const results: TensorData[] = []
      bindings.outputs.forEach((binding, index) => {
        const name = request.outputNames[index]
        const tensor = targets[name] ?? (returned[name] as OrtTensor)
        if (binding === 'fetch')
          results.push({ ...request.outputs[index], data: (tensor.data as Float32Array).slice() })
        else store!.accept(binding.leaf, tensor)
      })
      return results
    },

    async write(id, leaves) {
      for (const [name, value] of Object.entries(leaves)) storeOf(id).set(name, value)
    },

    async read(id, names) {
      const store = storeOf(id)
      const values: Record<string, TensorData & { used: number }> = {}
      for (const name of names ?? [...store.leaves.keys()]) {
        const { shape, dtype, used } = store.leaf(name)
        values[name] = { shape, dtype, data: await store.read(name), used: Math.max(...used) }
      }
      return values
    },

    async grow(id, name, capacity) {
      storeOf(id).grow(name, capacity)
    },

    async rename(id, names) {
      storeOf(id).rename(names)
    },

    async remove(id, names) {
      storeOf(id).remove(names)
    },

    async copyRow(id, names, from, to) {
      storeOf(id).copyRow(names, from, to)
    },

    async revert(id) {
      storeOf(id).revert()
    },

    async bytes(id, names) {
      const { leaves, leaf: named } = storeOf(id)
      let used = 0
      let allocated = 0
      for (const leaf of names?.map(named) ?? leaves.values()) {
        const width = leaf.dtype === 'bool' ? 1 : 4
        const whole = sizeOf(leaf.shape) * width
        const extent = leaf.change === 'replace' ? 1 : leaf.shape[axisOf(leaf.change)]
        const filled = leaf.used.reduce((sum, count) => sum + Math.min(count, extent), 0) / leaf.used.length
        used += leaf.change === 'replace' ? whole : extent === 0 ? 0 : (whole / extent) * filled
        allocated += whole * (leaf.write ? 2 : 1)
      }
      return { used, allocated }
    },

    async dispose(id) {
      stores.get(id)?.dispose()
      stores.delete(id)
    },
  }
}
