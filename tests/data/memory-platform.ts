import { createHash } from 'node:crypto'
import { type FileSystem, type Platform, setPlatform } from '#seqlab/platform/index.js'

export interface MemoryPlatform {
  readonly contents: Map<string, Uint8Array>
  /** Size of the chunks in which `stream` gives a file. */
  chunk: number
  /** The largest piece of a file that was asked for at once. */
  largestRead: number
  streams: number
  write(path: string, data: string | Uint8Array): string
}

/** Installs a platform whose files are in memory, and which tells how they were read. */
export function installMemoryPlatform(): MemoryPlatform {
  const contents = new Map<string, Uint8Array>()
  const memory: MemoryPlatform = {
    contents,
    chunk: 1 << 16,
    largestRead: 0,
    streams: 0,
    write(path, data) {
      contents.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data)
      return path
    },
  }
  const get = (path: string) => {
    const data = contents.get(path)
    if (!data) throw new Error(`memory platform: no ${path}`)
    return data
  }
  const namesIn = (path: string) => {
    const below = [...contents.keys()].filter((key) => key.startsWith(`${path}/`))
    return [...new Set(below.map((key) => key.slice(path.length + 1).split('/', 1)[0]))].sort()
  }
  const files: FileSystem = {
    join: (...parts) => parts.join('/'),
    exists: async (path) => contents.has(path) || namesIn(path).length > 0,
    isDirectory: async (path) => namesIn(path).length > 0,
    lock: async () => ({ release: async () => undefined }),
    size: async (path) => get(path).length,
    read: async (path) => get(path),
    async *stream(path, { start = 0, end = Number.POSITIVE_INFINITY } = {}) {
      memory.streams++
      const data = get(path).subarray(start, end)
      const shared = new Uint8Array(memory.chunk)
      for (let at = 0; at < data.length; at += memory.chunk) {
        const part = data.subarray(at, at + memory.chunk)
        // The same buffer again and again, as a stream may do.
        shared.set(part)
        yield shared.subarray(0, part.length)
      }
    },
    async open(path) {
      const data = get(path)
      return {
        size: data.length,
        async read(into, position) {
          memory.largestRead = Math.max(memory.largestRead, into.length)
          const part = data.subarray(position, position + into.length)
          into.set(part)
          return part.length
        },
        close: async () => {},
      }
    },
    async writeAtomic(path, data) {
      if (typeof data === 'string') memory.write(path, data)
      else if (data instanceof Uint8Array) memory.write(path, data.slice())
      else memory.write(path, Uint8Array.from(Array.from(data).flatMap((part) => Array.from(part))))
    },
    append: refuse,
    truncate: refuse,
    list: async (path) => namesIn(path),
    makeDirectory: async () => {},
    rename: refuse,
    async remove(path) {
      contents.delete(path)
    },
  }
  const platform: Platform = {
    name: 'node',
    files,
    cores: 1,
    now: () => 0,
    memory: () => undefined,
    memoryLimit: () => Number.POSITIVE_INFINITY,
    loadOnnxRuntime: refuse,
    startExecutorWorker: () => refuse(),
    async sha256(data) {
      const hash = createHash('sha256')
      for await (const chunk of data) hash.update(chunk)
      return hash.digest('hex')
    },
  }
  setPlatform(platform)
  return memory
}

function refuse(): never {
  throw new Error('memory platform: not part of the data layer')
}

/** Text or bytes as a stream of chunks of one size. */
export async function* chunksOf(data: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

/** All tokens of a stream. */
export async function gather(stream: AsyncIterable<Int32Array>): Promise<number[]> {
  const all: number[] = []
  for await (const part of stream) for (const id of part) all.push(id)
  return all
}
