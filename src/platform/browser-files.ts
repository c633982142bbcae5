import { UserError } from './errors.js'
import type { FileSystem, Lock } from './index.js'

const streamChunk = 1 << 20

/**
 * The files of this origin, private to it and kept by the browser until the user removes them. Paths are names joined
 * by slashes. What the user can mend (no room, another tab at work) fails as `UserError`.
 */
export const browserFiles: FileSystem = {
  join: (...parts) => parts.filter(Boolean).join('/').replace(/\/+/g, '/'),
  exists: async (path) => (await kindOf(path)) !== undefined,
  isDirectory: async (path) => (await kindOf(path)) === 'directory',
  size: async (path) => (await fileAt(path)).size,
  read: async (path) => new Uint8Array(await (await fileAt(path)).arrayBuffer()),
  async *stream(path, { start = 0, end = Number.POSITIVE_INFINITY } = {}) {
    const file = await fileAt(path)
    const last = Math.min(end, file.size)
    for (let at = start; at < last; at += streamChunk)
      yield new Uint8Array(await file.slice(at, Math.min(last, at + streamChunk)).arrayBuffer())
  },
  async open(path) {
    const file = await fileAt(path)
    return {
      size: file.size,
      async read(into, position) {
        const bytes = new Uint8Array(await file.slice(position, position + into.length).arrayBuffer())
        into.set(bytes)
        return bytes.length
      },
      close: async () => {},
    }
  },
  writeAtomic: (path, data) =>
    writing(path, { keepExistingData: false }, async (writable) => {
      const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data
      for (const chunk of chunks) await writable.write(chunk as FileSystemWriteChunkType)
    }),
  append: (path, text) =>
    writing(path, { keepExistingData: true }, async (writable, size) => {
      await writable.seek(size)
      await writable.write(text)
    }),
  truncate: (path, size) => writing(path, { keepExistingData: true }, (writable) => writable.truncate(size)),
  async list(path) {
    if ((await kindOf(path)) !== 'directory') return []
    const names: string[] = []
    for await (const name of (await folderAt(path)).keys()) names.push(name)
    return names.sort()
  },
  makeDirectory: (path) => naming(path, async () => void (await folderAt(path, true))),
  rename: (from, to) => naming(to, () => move(from, to)),
  remove: (path) =>
    naming(path, async () => {
      const [folder, name] = divided(path)
      const parent = await folderAt(folder).catch(() => undefined)
      await parent?.removeEntry(name, { recursive: true }).catch((error) => {
        if (error.name !== 'NotFoundError') throw error
      })
    }),
  lock,
}

function divided(path: string): [folder: string, name: string] {
  const parts = path.split('/').filter(Boolean)
  return [parts.slice(0, -1).join('/'), parts.at(-1) ?? '']
}

async function folderAt(path: string, create = false): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory()
  for (const name of path.split('/').filter(Boolean)) folder = await folder.getDirectoryHandle(name, { create })
  return folder
}

async function handleAt(path: string, create = false): Promise<FileSystemFileHandle> {
  const [folder, name] = divided(path)
  return (await folderAt(folder)).getFileHandle(name, { create })
}

/** A writable is a copy that takes the file's place when it is closed: whole, or not at all. */
const writing = (
  path: string,
  options: FileSystemCreateWritableOptions,
  write: (writable: FileSystemWritableFileStream, size: number) => Promise<void>,
): Promise<void> =>
  naming(path, async () => {
    const handle = await handleAt(path, true)
    const writable = await handle.createWritable(options)
    try {
      await write(writable, (await handle.getFile()).size)
      await writable.close()
    } catch (error) {
      // Its copy would take up room until it is forgotten.
      await writable.abort().catch(() => undefined)
      throw error
    }
  })

const fileAt = (path: string) => naming(path, async () => (await handleAt(path)).getFile())

async function kindOf(path: string): Promise<'file' | 'directory' | undefined> {
  const [folder, name] = divided(path)
  if (!name) return 'directory'
  try {
    const parent = await folderAt(folder)
    for (const open of [() => parent.getFileHandle(name), () => parent.getDirectoryHandle(name)]) {
      const handle = await open().catch((error) => {
        if (error.name !== 'TypeMismatchError') throw error
      })
      if (handle) return handle.kind
    }
  } catch (error) {
    if (!['NotFoundError', 'TypeMismatchError'].includes((error as Error).name)) throw error
  }
  return undefined
}

/** In browsers since 2023, and not in TypeScript's types yet. */
interface MovableFile extends FileSystemFileHandle {
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>
}

/**
 * A file moves at once. Browsers cannot move folders: their files move one by one, in order of their names, each whole.
 * Whoever is interrupted leaves some on either side, so a reader must ask for all that it needs.
 */
async function move(from: string, to: string): Promise<void> {
  await browserFiles.remove(to)
  if (await browserFiles.isDirectory(from)) {
    await folderAt(to, true)
    for (const name of await browserFiles.list(from))
      await move(browserFiles.join(from, name), browserFiles.join(to, name))
    await browserFiles.remove(from)
    return
  }
  const [folder, name] = divided(to)
  await ((await handleAt(from)) as MovableFile).move(await folderAt(folder), name)
}

const lockName = (folder: string) => `seqlab:${folder}`

/** Whether any tab or training of this browser holds the lock of a folder. */
export async function isLocked(folder: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query()
  return held.some(({ name }) => name === lockName(folder))
}

/** Held by this page or worker until released; the browser releases it when either goes. */
function lock(folder: string): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const taken = navigator.locks.request(lockName(folder), { ifAvailable: true }, (held) => {
      if (!held) {
        reject(new UserError(`${folder}: in use by another tab or training of this browser – stop that one first`))
        return
      }
      return new Promise<void>((release) => {
        resolve({
          async release() {
            release()
            await taken
          },
        })
      })
    })
    taken.catch(reject)
  })
}

/** Errors of storage in the words of a user who can mend them. */
async function naming<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'NotFoundError')
      throw new UserError(`${path}: there is no such file in this browser`, { cause: error })
    if (name === 'QuotaExceededError') {
      const room = await navigator.storage.estimate().catch(() => ({ usage: undefined, quota: undefined }))
      const used = room.quota ? ` (${megabytes(room.usage)} of ${megabytes(room.quota)} used)` : ''
      throw new UserError(
        `${path}: this browser has no more room for this site${used} – remove runs you no longer need, or export them`,
        { cause: error },
      )
    }
    throw error instanceof UserError ? error : new Error(`${path}: ${message}`, { cause: error })
  }
}

const megabytes = (bytes = 0) => `${Math.round(bytes / 2 ** 20)} MB`
