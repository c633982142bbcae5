/** The float64 reference as an executor, with a state store in the obvious way: one buffer a leaf, one slice at a time. */
import {
  type Change,
  type Executor,
  runReference,
  type StateStore,
  sizeOf,
  type TensorData,
} from '../../engine/index.js'

interface Leaf {
  readonly value: TensorData
  readonly change: Change
  readonly used: number
}
type Leaves = Map<string, Leaf>

export function referenceExecutor(): Executor {
  const contents = new WeakMap<StateStore, Leaves>()
  return {
    name: 'reference',
    threads: 1,
    createStore() {
      const leaves: Leaves = new Map()
      const store = createStore(leaves)
      contents.set(store, leaves)
      return store
    },
    async compile(program, { bindings, store } = {}) {
      const leaves: Leaves = (store && contents.get(store)) ?? new Map()
      return {
        async run(feeds) {
          let fed = 0
          const inputs = program.inputs.map((_, index): TensorData => {
            const binding = bindings?.inputs[index] ?? 'feed'
            if (binding === 'feed') return feeds[fed++]
            if ('leaf' in binding) return leafOf(leaves, binding.leaf).value
            return { shape: [], dtype: 'i32', data: Int32Array.of(leafOf(leaves, binding.used).used) }
          })
          const fetched: TensorData[] = []
          runReference(program, inputs).forEach((result, index) => {
            const binding = bindings?.outputs[index] ?? 'fetch'
            if (binding === 'fetch') fetched.push(result)
            else leaves.set(binding.leaf, changed(leafOf(leaves, binding.leaf), result))
          })
          return fetched
        },
        async release() {},
      }
    },
    async close() {},
  }
}

function createStore(leaves: Leaves): StateStore {
  const unsupported = async () => {
    throw new Error('reference: its store only keeps values')
  }
  return {
    async write(values) {
      for (const [name, { change = 'replace', used = 0, ...value }] of Object.entries(values))
        leaves.set(name, { value, change, used })
    },
    async read(names = [...leaves.keys()]) {
      return Object.fromEntries(
        names.map((name) => [name, { ...leafOf(leaves, name).value, used: leafOf(leaves, name).used }]),
      )
    },
    async dispose() {
      leaves.clear()
    },
    grow: unsupported,
    rename: unsupported,
    remove: unsupported,
    copyRow: unsupported,
    revert: unsupported,
    bytes: unsupported,
  }
}

function leafOf(leaves: Leaves, name: string): Leaf {
  const leaf = leaves.get(name)
  if (!leaf) throw new Error(`reference: no leaf "${name}" – write it before the run`)
  return leaf
}

/** A leaf with a new value, or with new slices behind the used ones, around the end of a ring. */
function changed({ value, change, used }: Leaf, result: TensorData): Leaf {
  if (change === 'replace') return { value: result, change, used }
  const axis = 'append' in change ? change.append : change.ring
  const capacity = value.shape[axis]
  const count = result.shape[axis]
  if ('append' in change && used + count > capacity) throw new Error('reference: the appended leaf is full')
  const inner = sizeOf(result.shape.slice(axis + 1))
  const outer = sizeOf(result.shape.slice(0, axis))
  const data = value.dtype === 'f32' ? Float64Array.from(value.data) : value.data.slice()
  for (let position = 0; position < count && capacity > 0; position++) {
    const slot = (used + position) % capacity
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++)
        data[(o * capacity + slot) * inner + i] = result.data[(o * count + position) * inner + i]
    }
  }
  return { value: { ...value, data }, change, used: used + count }
}
