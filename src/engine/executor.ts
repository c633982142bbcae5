/** Executors: what turns a program into numbers, and the store of state that outlives a run. */
import type { Program, Spec, TensorData } from './tensor.js'

/** How a leaf of state takes what a run returns for it. */
export type Change =
  | 'replace'
  /** The run returns only new slices; they are written after the used ones, along `axis`. */
  | { readonly append: number }
  /** The run returns only new slices; they are written over the oldest of the extent, along `axis`. */
  | { readonly ring: number }

export interface LeafSpec extends Spec {
  readonly change: Change
  /** Of an appended leaf or a ring: rows, the slices along the first axis, hold different numbers of positions. */
  readonly apart?: boolean
}

/** What a store takes for a leaf. Of one whose rows are apart, `used` holds for each of them. */
export type LeafValue = TensorData & { change?: Change; apart?: boolean; used?: number }

/** Where an input of an executable comes from: fed with each run, or a leaf of the store, or how much of a leaf is used. */
export type InputBinding = 'feed' | { readonly leaf: string } | { readonly used: string }
/** Where an output goes: back to the caller, or into a leaf of the store. */
export type OutputBinding = 'fetch' | { readonly leaf: string }

export interface Bindings {
  readonly inputs: readonly InputBinding[]
  readonly outputs: readonly OutputBinding[]
}

export interface Executable {
  /** Runs with one value per 'feed' input, in order; returns one per 'fetch' output. State outputs replace or extend their leaves. */
  run(feeds: readonly TensorData[]): Promise<TensorData[]>
  /** Frees it before the cache would; a later run makes it again. */
  release(): Promise<void>
}

/**
 * Tensors that outlive a run: parameters, moments, caches, random counters. A leaf that is replaced has two buffers, so
 * no run reads what it writes. Leaves are named by their dotted path.
 */
export interface StateStore {
  /** Creates or overwrites leaves. An appended leaf's shape is its capacity. */
  write(leaves: Readonly<Record<string, LeafValue>>): Promise<void>
  read(names?: readonly string[]): Promise<Record<string, TensorData & { used: number }>>
  /** Gives an appended leaf a larger extent along its axis; what it holds stays. */
  grow(name: string, capacity: number): Promise<void>
  /** Gives leaves other names, with all they hold; leaves that had these names are gone. */
  rename(names: Readonly<Record<string, string>>): Promise<void>
  /** Forgets leaves. */
  remove(names: readonly string[]): Promise<void>
  /**
   * Copies a row, a slice along the first axis, of each leaf that is a key into a row of the leaf that it names. Of an
   * appended leaf, what is used: the other one may have another capacity, and enough.
   */
  copyRow(names: Readonly<Record<string, string>>, from: number, to: number): Promise<void>
  /** Takes back what the last run wrote into replaced leaves. */
  revert(): Promise<void>
  /** Bytes that hold state, and bytes held for it; of all leaves, or of those named. */
  bytes(names?: readonly string[]): Promise<{ used: number; allocated: number }>
  dispose(): Promise<void>
}

export interface CompileOptions {
  readonly bindings?: Bindings
  readonly store?: StateStore
  /** Memory of weights that the program holds and nobody else needs: freed as soon as the executor has a form of its own. */
  readonly handedOver?: readonly ArrayBufferLike[]
}

export interface Executor {
  readonly name: string
  readonly threads: number
  createStore(): StateStore
  /** Compiles a program; the same program compiled again is found in a bounded cache. */
  compile(program: Program, options?: CompileOptions): Promise<Executable>
  close(): Promise<void>
}
