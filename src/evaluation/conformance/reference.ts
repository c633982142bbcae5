/** The float64 reference as an executor, with a state store in the obvious way: one buffer a leaf, one slice at a time. */
import { type Change, type Executor, runReference, sizeOf, type StateStore, type TensorData } from '../../engine/index.js'

interface Leaf {
  value: TensorData
  readonly change: Change
  used: number
}

export function referenceExecutor(): Executor {
  const contents = new WeakMap<StateStore, Map<string, Leaf>>()
  return {
    name: 'reference',
    threads: 1,
    createStore() {
      const leaves = new Map<string, Leaf>()
      const store: StateStore = {
        async write(values) {
          for (const [name, { change = 'replace', used = 0, ...value }] of Object.entries(values)) {
            leaves.set(name, { value: { ...value, data: value.data.slice() }, change, used })
          }
        },
        async read(names = [...leaves.keys()]) {
          return Object.fromEntries(names.map((name) => [name, { ...leafOf(leaves, name).value, used: leafOf(leaves, name).used }]))
        },
        async grow() {
          throw new Error('reference: leaves do not grow')
        },
        async bytes() {
          throw new Error('reference: float64 values have no size of their own')
        },
        async dispose() {
          leaves.clear()
        },
      }
      contents.set(store, leaves)
      return store
    },
    async compile(program, { bindings, store } = {}) {
      const leaves = (store && contents.get(store)) ?? new Map<string, Leaf>()
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
            else accept(leafOf(leaves, binding.leaf), result)
          })
          return fetched
        },
        async release() {},
      }
    },
    async close() {},
  }
}

function leafOf(leaves: ReadonlyMap<string, Leaf>, name: string): Leaf {
  const leaf = leaves.get(name)
  if (!leaf) throw new Error(`reference: no leaf "${name}" – write it before the run`)
  return leaf
}

/** Takes over a new value, or writes new slices behind the used ones, around the end of a ring. */
function accept(leaf: Leaf, result: TensorData): void {
  if (leaf.change === 'replace') {
    leaf.value = result
    return
  }
  const axis = 'append' in leaf.change ? leaf.change.append : leaf.change.ring
  const capacity = leaf.value.shape[axis]
  const count = result.shape[axis]
  const inner = sizeOf(result.shape.slice(axis + 1))
  const outer = sizeOf(result.shape.slice(0, axis))
  if ('append' in leaf.change && leaf.used + count > capacity) throw new Error('reference: the appended leaf is full')
  const data = leaf.value.data.slice()
  for (let position = 0; position < count && capacity > 0; position++) {
    const slot = (leaf.used + position) % capacity
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) data[(o * capacity + slot) * inner + i] = result.data[(o * count + position) * inner + i]
    }
  }
  leaf.value = { ...leaf.value, data }
  leaf.used += count
}
