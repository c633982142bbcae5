/** Holds sessions and state and runs them; lives in a worker thread or beside the caller. */
import type { InferenceSession, TypedTensor } from 'onnxruntime-common'
import type { OnnxRuntime } from '../../platform/index.js'
import type { Bindings, Change } from '../executor.js'
import { type Spec, sizeOf, type TensorData } from '../tensor.js'
import { freeCopies } from './free.js'
import { axisOf, type Buffers, createBuffers, emptyTensor, toOrt } from './store.js'

type OrtTensor = TypedTensor<any>

export interface SessionRequest {
  readonly key: string
  readonly model: Uint8Array
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly outputs: readonly Spec[]
  readonly constants: readonly (readonly [string, TensorData])[]
  /** Whether memory is laid out ahead of a run. */
  readonly planned: boolean
}

export type LeafValue = TensorData & { change?: Change; used?: number }

/** What can be asked of a host, directly or through messages. */
export interface Host {
  /** Creates a session unless one with this key is held; `false` when `load` was not given and none is. */
  prepare(key: string, load?: SessionRequest): Promise<boolean>
  release(key: string): Promise<void>
  run(key: string, bindings: Bindings, store: number | undefined, feeds: readonly TensorData[]): Promise<TensorData[]>
  write(store: number, leaves: Readonly<Record<string, LeafValue>>): Promise<void>
  read(store: number, names?: readonly string[]): Promise<Record<string, TensorData & { used: number }>>
  grow(store: number, name: string, capacity: number): Promise<void>
  revert(store: number): Promise<void>
  bytes(store: number, names?: readonly string[]): Promise<{ used: number; allocated: number }>
  dispose(store: number): Promise<void>
}

interface Held {
  readonly session: InferenceSession
  readonly request: Omit<SessionRequest, 'model'>
  readonly constants: Readonly<Record<string, OrtTensor>>
  readonly fetched: (OrtTensor | undefined)[]
}

const dtypes = { float32: 'f32', int32: 'i32', bool: 'bool' } as const

export function createHost({ api: runtime, fillsOutputs }: OnnxRuntime, threads: number): Host {
  const sessions = new Map<string, Held>()
  const stores = new Map<number, Buffers>()
  const storeOf = (id: number) => {
    if (!stores.has(id)) stores.set(id, createBuffers(runtime))
    return stores.get(id)!
  }

  return {
    async prepare(key, load) {
      if (sessions.has(key)) return true
      if (!load) return false
      const session = await runtime.InferenceSession.create(load.model, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Planned for large programs, memory would be a third more than what values take as they come and go.
        enableMemPattern: load.planned,
        // Programs come simplified; the runtime's own passes change nothing in a step and would merge recomputed values.
        graphOptimizationLevel: 'disabled',
        // Failures come back as errors; the runtime need not print them too.
        logSeverityLevel: 4,
      })
      const { model, ...request } = load
      const constants = Object.fromEntries(load.constants.map(([name, value]) => [name, toOrt(runtime, value)]))
      sessions.set(key, { session, request, constants, fetched: load.outputs.map(() => undefined) })
      return true
    },

    async release(key) {
      const held = sessions.get(key)
      sessions.delete(key)
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
        else
          inputs[name] = toOrt(runtime, {
            shape: [],
            dtype: 'i32',
            data: Int32Array.of(store!.leaf(binding.used).used),
          })
      })
      const targetOf = (binding: Bindings['outputs'][number], index: number): OrtTensor => {
        if (binding !== 'fetch' && store!.leaf(binding.leaf).change === 'replace') return store!.target(binding.leaf)
        const { shape, dtype } = request.outputs[index]
        held.fetched[index] ??= emptyTensor(runtime, shape, dtype)
        return held.fetched[index]
      }
      const returned = fillsOutputs
        ? await runInto(session, inputs, request.outputNames, bindings.outputs.map(targetOf))
        : await session.run(inputs, request.outputNames)
      const results: TensorData[] = []
      bindings.outputs.forEach((binding, index) => {
        const tensor = returned[request.outputNames[index]] as OrtTensor
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
      const { leaves } = storeOf(id)
      const chosen = names ?? [...leaves.keys()]
      return Object.fromEntries(
        chosen.map((name) => {
          const { read, shape, used } = storeOf(id).leaf(name)
          return [
            name,
            { shape, dtype: dtypes[read.type as keyof typeof dtypes], data: (read.data as Float32Array).slice(), used },
          ]
        }),
      )
    },

    async grow(id, name, capacity) {
      storeOf(id).grow(name, capacity)
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
        used += leaf.change === 'replace' ? whole : extent === 0 ? 0 : (whole / extent) * Math.min(leaf.used, extent)
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

/** Runs a session that writes into the given tensors, in order of its outputs. */
async function runInto(
  session: InferenceSession,
  inputs: Readonly<Record<string, OrtTensor>>,
  names: readonly string[],
  tensors: readonly OrtTensor[],
): Promise<Record<string, OrtTensor>> {
  const targets = Object.fromEntries(names.map((name, index) => [name, tensors[index]]))
  freeCopies(await session.run(inputs, targets), targets)
  return targets
}
