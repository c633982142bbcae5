/**
 * Folders that are no folders of the machine: files that a page was given, or that lie at an address. They are read under
 * paths of their own, like any folder, and cannot be written.
 */
import { UserError } from './errors.js'
import type { FileSystem } from './index.js'

/** A folder's files by their path in it. */
interface Folder {
  readonly name: string
  /** Undefined where there is none. */
  file(path: string): Promise<Blob | undefined>
  /** Paths of all files; absent where they are not known. */
  readonly paths?: readonly string[]
}

const prefix = 'files:'
const folders = new Map<string, Folder>()
let mounted = 0

/** @param source files by their paths, or the address of a folder, of which each file is fetched once it is asked for */
export function mount(source: Readonly<Record<string, Blob>> | URL): { readonly path: string; release(): void } {
  const key = `${prefix}${mounted++}`
  folders.set(key, source instanceof URL ? addressed(source) : given(source))
  return { path: key, release: () => void folders.delete(key) }
}

function given(files: Readonly<Record<string, Blob>>): Folder {
  return {
    name: 'the given files',
    file: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
    paths: Object.keys(files),
  }
}

function addressed(address: URL): Folder {
  const base = address.href.endsWith('/') ? address : new URL(`${address.href}/`)
  const fetched = new Map<string, Promise<Blob | undefined>>()
  const get = async (path: string): Promise<Blob | undefined> => {
    const url = new URL(path.split('/').map(encodeURIComponent).join('/'), base)
    const failed = (reason: string) => new UserError(`${url}: cannot be fetched (${reason}) – check the address`)
    const response = await fetch(url).catch((error: Error) => {
      throw failed(error.message)
    })
    if (response.ok) return response.blob()
    await response.body?.cancel()
    if (response.status === 404 || response.status === 410) return undefined
    throw failed(`status ${response.status}`)
  }
  return {
    name: base.href,
    file(path) {
      const found = fetched.get(path) ?? get(path)
      fetched.set(path, found)
      return found
    },
  }
}

/** The same files, with the folders that were mounted. */
export function withMounted(files: FileSystem): FileSystem {
  const within = (path: string) => {
    if (!path.startsWith(prefix)) return undefined
    const [key, ...rest] = path.split(/[\\/]/)
    const folder = folders.get(key)
    if (!folder) throw new UserError(`${path}: was released – load the model again`)
    return { folder, path: rest.join('/') }
  }
  const blobAt = async ({ folder, path }: { folder: Folder; path: string }): Promise<Blob> => {
    const blob = await folder.file(path)
    if (blob) return blob
    throw new UserError(`${folder.name}: has no ${path} – give all files of the folder`)
  }
  const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer())
  const listed = ({ folder: { paths = [] }, path }: { folder: Folder; path: string }) => {
    const start = path === '' ? '' : `${path}/`
    return paths.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length).split('/')[0])
  }
  const unwritable =
    <A extends unknown[], R>(action: (path: string, ...rest: A) => Promise<R>) =>
    async (path: string, ...rest: A): Promise<R> => {
      const at = within(path)
      if (at) throw new UserError(`${at.folder.name}: cannot be written – copy the folder`)
      return action(path, ...rest)
    }
  return {
    join: files.join,
    async exists(path) {
      const at = within(path)
      if (!at) return files.exists(path)
      return at.path === '' || listed(at).length > 0 || (await at.folder.file(at.path)) !== undefined
    },
    async isDirectory(path) {
      const at = within(path)
      return at ? at.path === '' || listed(at).length > 0 : files.isDirectory(path)
    },
    async size(path) {
      const at = within(path)
      return at ? (await blobAt(at)).size : files.size(path)
    },
    async read(path) {
      const at = within(path)
      return at ? bytesOf(await blobAt(at)) : files.read(path)
    },
    async *stream(path, range = {}) {
      const at = within(path)
      if (!at) return yield* files.stream(path, range)
      const blob = await blobAt(at)
      const last = Math.min(range.end ?? blob.size, blob.size)
      for (let from = range.start ?? 0; from < last; from += streamChunk)
        yield await bytesOf(blob.slice(from, Math.min(last, from + streamChunk)))
    },
    async open(path) {
      const at = within(path)
      if (!at) return files.open(path)
      const blob = await blobAt(at)
      return {
        size: blob.size,
        async read(into, position) {
          const bytes = await bytesOf(blob.slice(position, position + into.length))
          into.set(bytes)
          return bytes.length
        },
        close: async () => undefined,
      }
    },
    async list(path) {
      const at = within(path)
      if (!at) return files.list(path)
      if (at.folder.paths) return [...new Set(listed(at))].sort()
      throw new UserError(
        `${at.folder.name}: lacks files of a model in the layout of Hugging Face, and an address cannot be listed – ` +
          'give the files themselves',
      )
    },
    writeAtomic: unwritable(files.writeAtomic),
    append: unwritable(files.append),
    truncate: unwritable(files.truncate),
    makeDirectory: unwritable(files.makeDirectory),
    rename: unwritable(files.rename),
    remove: unwritable(files.remove),
    lock: unwritable(files.lock),
  }
}

const streamChunk = 1 << 20
