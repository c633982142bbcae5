/** The buffers of a state store, on the side of the executor. */
import type { Change, LeafValue } from '../executor.js'
import { sizeOf, type TensorData } from '../tensor.js'
import type { Memory, OrtTensor } from './memory.js'

/** One leaf. `read` is fed to runs; a replaced leaf is written into `write`, then the two change places. */
interface Leaf {
  shape: number[]
  dtype: TensorData['dtype']
  change: Change
  /** Positions written along the axis of change, ever (a ring forgets, but keeps counting): of all rows, or of each. */
  used: Int32Array
  /** Whether it is of each row. */
  apart: boolean
  read: OrtTensor
  write: OrtTensor | undefined
}

export type Buffers = ReturnType<typeof createBuffers>

/** `host` holds what is written in parts, `replaced` what is replaced as a whole. */
export function createBuffers({ host, replaced }: { readonly host: Memory; readonly replaced: Memory }) {
  const leaves = new Map<string, Leaf>()
  const leaf = (name: string): Leaf => {
    const found = leaves.get(name)
    if (!found) throw new Error(`state store: no leaf "${name}" – write it before the run`)
    return found
  }

  const memoryOf = ({ change }: Pick<Leaf, 'change'>) => (change === 'replace' ? replaced : host)

  function release(leaf: Leaf): void {
    memoryOf(leaf).free([leaf.read, ...(leaf.write ? [leaf.write] : [])])
  }

  function set(name: string, value: LeafValue): void {
    const before = leaves.get(name)
    const change = value.change ?? before?.change ?? 'replace'
    const apart = value.apart ?? before?.apart ?? false
    const full = change === 'replace' ? 0 : value.shape[axisOf(change)]
    const read = memoryOf({ change }).hold(value)
    if (before) release(before)
    leaves.set(name, {
      shape: [...value.shape],
      dtype: value.dtype,
      change,
      used: new Int32Array(apart ? value.shape[0] : 1).fill(value.used ?? full),
      apart,
      read,
      write: undefined,
    })
  }

  /** The buffer that a run may write a replaced leaf into. */
  function target(name: string): OrtTensor {
    const it = leaf(name)
    it.write ??= replaced.empty(it.shape, it.dtype)
    return it.write
  }

  /** Takes what a run returned for a leaf. */
  function accept(name: string, result: OrtTensor): void {
    const it = leaf(name)
    if (it.change === 'replace') {
      it.write = it.read
      it.read = result
      return
    }
    const axis = axisOf(it.change)
    const capacity = it.shape[axis]
    const count = result.dims[axis]
    const used = Math.max(...it.used)
    if ('append' in it.change && used + count > capacity) {
      throw new Error(
        `state store: "${name}" holds ${capacity} positions, ${used} used, got ${count} more – grow it first`,
      )
    }
    copyAlong(it, result, axis, capacity, count)
    it.used = it.used.map((before) => before + count)
  }

  function grow(name: string, capacity: number): void {
    const it = leaf(name)
    if (it.change === 'replace') throw new Error(`state store: "${name}" is replaced, not appended to, and cannot grow`)
    const axis = axisOf(it.change)
    const old = it.read
    it.read = host.empty(
      it.shape.map((extent, index) => (index === axis ? capacity : extent)),
      it.dtype,
    )
    const { used, shape } = it
    it.shape = it.shape.map((extent, index) => (index === axis ? capacity : extent))
    it.used = new Int32Array(used.length)
    if (shape[axis] > 0) copyAlong(it, old, axis, capacity, shape[axis])
    it.used = used
    host.free([old])
  }

  function rename(names: Readonly<Record<string, string>>): void {
    const moved = Object.entries(names).map(([from, to]): [string, Leaf] => [to, leaf(from)])
    for (const from of Object.keys(names)) leaves.delete(from)
    for (const [to, it] of moved) {
      const former = leaves.get(to)
      if (former) release(former)
      leaves.set(to, it)
    }
  }

  function remove(names: readonly string[]): void {
    for (const name of names) {
      release(leaf(name))
      leaves.delete(name)
    }
  }

  function copyRow(names: Readonly<Record<string, string>>, from: number, to: number): void {
    for (const [source, target] of Object.entries(names)) {
      const [a, b] = [leaf(source), leaf(target)]
      const [values, into] = [a.read.data as Float32Array, b.read.data as Float32Array]
      if (a.change === 'replace') {
        const size = sizeOf(a.shape.slice(1))
        into.set(values.subarray(from * size, (from + 1) * size), to * size)
        continue
      }
      const axis = axisOf(a.change)
      const used = a.used[a.apart ? from : 0]
      const inner = sizeOf(a.shape.slice(axis + 1))
      const outer = sizeOf(a.shape.slice(1, axis))
      const [width, wide] = [a.shape[axis] * inner, b.shape[axis] * inner]
      const length = Math.min(used, a.shape[axis]) * inner
      for (let o = 0; o < outer; o++) {
        const start = (from * outer + o) * width
        into.set(values.subarray(start, start + length), (to * outer + o) * wide)
      }
      b.used[b.apart ? to : 0] = used
    }
  }

  const read = (name: string) => memoryOf(leaf(name)).read(leaf(name).read)

  /** Exchanges the buffers of replaced leaves again: what was read by the last run is read by the next. */
  function revert(): void {
    for (const it of leaves.values()) if (it.change === 'replace' && it.write) [it.read, it.write] = [it.write, it.read]
  }

  function dispose(): void {
    for (const it of leaves.values()) release(it)
    leaves.clear()
  }

  return { set, leaf, read, target, accept, grow, rename, remove, copyRow, revert, dispose, leaves }
}

export function axisOf(change: Exclude<Change, 'replace'>): number {
  return 'append' in change ? change.append : change.ring
}

/** Writes the slices of `source` at the used position of a leaf, around the end of a ring. */
function copyAlong(leaf: Leaf, source: OrtTensor, axis: number, capacity: number, count: number): void {
  const inner = sizeOf(leaf.shape.slice(axis + 1))
  const outer = sizeOf(leaf.shape.slice(0, axis))
  const from = source.data as Float32Array
  const into = leaf.read.data as Float32Array
  // Of more slices than a ring holds, only the last ones stay.
  const first = Math.max(0, count - capacity)
  for (let o = 0; o < outer; o++) {
    const used = leaf.used[Math.floor((o * leaf.used.length) / outer)]
    for (let i = first; i < count; ) {
      const at = (used + i) % capacity
      const run = Math.min(count - i, capacity - at)
      const start = (o * count + i) * inner
      into.set(from.subarray(start, start + run * inner), (o * capacity + at) * inner)
      i += run
    }
  }
}
