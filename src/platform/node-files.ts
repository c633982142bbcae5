import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { FileSystem, RandomAccessFile, Scratch } from './index.js'
import { errorCode, naming } from './node-errors.js'
import { lockFolder } from './node-lock.js'

const streamChunk = 1 << 20
/** For files that do not say their size. */
const smallestChunk = 1 << 12
// One read of the operating system is limited to 2 GiB.
const largestRead = 1 << 30

/** The files of this machine. What the user can mend (a full disk, permissions, a missing file) fails as `UserError`. */
export const nodeFiles: FileSystem = {
  join,
  exists: async (path) => (await statOf(path)) !== undefined,
  isDirectory: async (path) => (await statOf(path))?.isDirectory() ?? false,
  size: (path) => naming(path, async () => (await stat(path)).size),
  async read(path) {
    const file = await openFile(path)
    try {
      const bytes = new Uint8Array(file.size)
      return bytes.subarray(0, await file.read(bytes, 0))
    } finally {
      await file.close()
    }
  },
  stream: streamFile,
  open: openFile,
  writeAtomic: (path, data) =>
    naming(path, async () => {
      const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
      try {
        await withHandle(temporary, 'wx', async (handle) => {
          const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data
          for (const chunk of chunks) await handle.writeFile(chunk)
          await handle.sync()
        })
        await rename(temporary, path)
      } catch (error) {
        // Best effort: what went wrong first is what the user must hear.
        await rm(temporary, { force: true }).catch(() => undefined)
        throw error
      }
      await flushFolder(dirname(path))
    }),
  append: (path, text) =>
    naming(path, () =>
      withHandle(path, 'a', async (handle) => {
        await handle.writeFile(text)
        await handle.datasync()
      }),
    ),
  truncate: (path, size) => naming(path, () => truncate(path, size)),
  list: (path) =>
    naming(path, async () => {
      try {
        return (await readdir(path)).sort()
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return []
        throw error
      }
    }),
  makeDirectory: (path) => naming(path, async () => void (await mkdir(path, { recursive: true }))),
  rename: (from, to) =>
    naming(to, async () => {
      await rename(from, to)
      await flushFolder(dirname(to))
    }),
  remove: (path) => naming(path, () => rm(path, { recursive: true, force: true })),
  lock: lockFolder,
}

/** Under the system's folder for such files, which the environment can name: `TMPDIR`. */
export async function scratchFolder(files: ReadonlyMap<string, Uint8Array>): Promise<Scratch> {
  const label = `temporary folder ${tmpdir()} (TMPDIR names another)`
  const folder = await naming(label, () => mkdtemp(join(tmpdir(), 'seqlab-')))
  const remove = () => nodeFiles.remove(folder)
  try {
    for (const [name, bytes] of files) await naming(label, () => writeFile(join(folder, name), bytes))
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** `undefined` where nothing is. */
function statOf(path: string): Promise<Stats | undefined> {
  return naming(path, async () => {
    try {
      return await stat(path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  })
}

async function withHandle(path: string, flags: string, action: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags)
  try {
    await action(handle)
  } finally {
    await handle.close()
  }
}

/** A rename is on the disk only when its folder is. Windows cannot open a folder, and flushes it itself. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await withHandle(path, 'r', (handle) => handle.sync())
}

async function openFile(path: string): Promise<RandomAccessFile> {
  const handle = await naming(path, () => open(path, 'r'))
  const { size } = await handle.stat()
  return {
    size,
    close: () => handle.close(),
    read: (into, position) =>
      naming(path, async () => {
        let filled = 0
        while (filled < into.length) {
          const length = Math.min(into.length - filled, largestRead)
          const { bytesRead } = await handle.read(into, filled, length, position + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        return filled
      }),
  }
}

async function* streamFile(path: string, { start = 0, end = Infinity } = {}): AsyncGenerator<Uint8Array> {
  if (end <= start) return
  const file = await openFile(path)
  try {
    for (let at = start; at < end; ) {
      const chunk = new Uint8Array(Math.min(streamChunk, end - at, Math.max(file.size - at, smallestChunk)))
      const read = await file.read(chunk, at)
      if (read === 0) return
      yield chunk.subarray(0, read)
      at += read
    }
  } finally {
    await file.close()
  }
}
