/**
 * What seqlab needs from the machine it runs on. The layers `engine` to `papers` reach files, clocks, threads and the
 * ONNX Runtime only through this interface, so they run unchanged in Node and in a browser; a face installs the
 * implementation once with {@link setPlatform}.
 */

import { withMounted } from './mounted-files.js'

export { UserError } from './errors.js'

/** Files as the layers below the faces see them. Paths are opaque strings made by {@link FileSystem.join}. */
export interface FileSystem {
  join(...parts: string[]): string
  exists(path: string): Promise<boolean>
  /** False for a file, and where nothing is. */
  isDirectory(path: string): Promise<boolean>
  /** Size in bytes. Throws when the file is missing. */
  size(path: string): Promise<number>
  read(path: string): Promise<Uint8Array>
  /** The bytes from `start` to `end` (exclusive), in chunks, with bounded memory. */
  stream(path: string, range?: { start?: number; end?: number }): AsyncIterable<Uint8Array>
  /** A reader for random access to a file that is too large to hold. */
  open(path: string): Promise<RandomAccessFile>
  /** Replaces a file whole or not at all: a temporary file beside it, flushed to disk, then renamed. */
  writeAtomic(path: string, data: Uint8Array | string | Iterable<Uint8Array>): Promise<void>
  /** Adds to the end of a file, flushed to disk before it resolves. */
  append(path: string, text: string): Promise<void>
  truncate(path: string, size: number): Promise<void>
  /** Names in a directory, sorted; empty when it does not exist. */
  list(path: string): Promise<string[]>
  makeDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Keeps other processes out of a folder, at once; throws a `UserError` that names who holds it. */
  lock(folder: string): Promise<Lock>
}

/** What keeps other processes out of a folder until it is released or this process ends, however it ends. */
export interface Lock {
  release(): Promise<void>
}

/** Files that nobody but this process reads, and for a moment only. */
export interface Scratch {
  readonly folder: string
  /** What was mapped into memory before stays there. */
  remove(): Promise<void>
}

export interface RandomAccessFile {
  readonly size: number
  /** Fills `into` from byte `position`; returns the number of bytes read. */
  read(into: Uint8Array, position: number): Promise<number>
  close(): Promise<void>
}

/** A thread that answers messages: a worker in Node, a module worker in a browser. */
export interface Port {
  post(message: unknown, transfer?: ArrayBuffer[]): void
  onMessage(handler: (message: any) => void): void
  onError(handler: (error: Error) => void): void
  close(): void | Promise<void>
}

/** What computes: the processor, or a graphics processor through WebGPU. */
export type Provider = 'cpu' | 'webgpu'

export interface OnnxRuntime {
  readonly api: typeof import('onnxruntime-common')
  /** Whether a run writes into the arrays that it is given for its outputs; else it returns new ones. */
  readonly fillsOutputs: boolean
  /** Where it is what computes. */
  readonly gpu?: Gpu
}

export interface GpuName {
  readonly name: string
  /** A program of the browser that does what a graphics processor would, slowly. */
  readonly isSoftware: boolean
}

/** A graphics processor that was opened for programs. */
export interface Gpu {
  readonly device: GPUDevice
  /** The outcome of work on it; a `UserError` once it is lost or has failed, however the work itself ends. */
  guard<T>(work: () => Promise<T>): Promise<T>
}

export interface Platform {
  readonly name: 'node' | 'browser'
  readonly files: FileSystem
  /** Number of processors this process may use. */
  readonly cores: number
  /** Milliseconds from a fixed point; never goes back. */
  now(): number
  /** Memory of this process in bytes, `undefined` where the platform does not tell. */
  memory(): { rss: number; peakRss: number } | undefined
  /** The most bytes that this process may have, infinite where the platform does not tell. */
  memoryLimit(): number
  /** The ONNX Runtime of this platform. @throws UserError where it has no such provider */
  loadOnnxRuntime(options: { threads: number; provider: Provider }): Promise<OnnxRuntime>
  /** Starts the worker thread that hosts an executor. */
  startExecutorWorker(): Port
  /** Writes files by name into a folder of their own; absent where a file that is mapped into memory cannot be removed. */
  scratch?(files: ReadonlyMap<string, Uint8Array>): Promise<Scratch>
  /** SHA-256 of the bytes, as lower-case hexadecimal. */
  sha256(data: AsyncIterable<Uint8Array>): Promise<string>
}

let current: Platform | undefined

/** Installs the platform. Called once by a face (the command line, a server, a page) or by the package's entry. */
export function setPlatform(platform: Platform): void {
  current = { ...platform, files: withMounted(platform.files) }
}

/** The installed platform; throws when no face has installed one. */
export function platform(): Platform {
  if (!current)
    throw new Error('platform: none is installed – import "seqlab" (not a subpath alone), or call setPlatform(...)')
  return current
}
