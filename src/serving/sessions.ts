/**
 * Conversations that go on: the state after each, by its name, as one file. A recurrent state is as large after a million
 * tokens as after one, so going on costs the same at any length. Files are replaced whole or not at all. When they take
 * more than the budget, the ones that were left alone longest go.
 */
import type { TensorData } from '../engine/index.js'
import type { TextState } from '../inference/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { decodeSafetensors, encodeSafetensors } from '../training/index.js'

export interface Session {
  readonly state: TextState
  /** Tokens after the state that were given or written, but not read yet. */
  readonly unread: readonly number[]
  /** The last tokens before them, which a repetition penalty looks at. */
  readonly recent: readonly number[]
}

export interface Sessions {
  /** @throws UserError for a file that is damaged */
  get(name: string): Promise<Session | undefined>
  put(name: string, session: Session): Promise<void>
  /** Whether there was one. */
  remove(name: string): Promise<boolean>
  readonly count: number
  readonly bytes: number
}

/** Where the bytes of sessions lie, by key. */
interface Shelf {
  read(key: string): Promise<Uint8Array>
  write(key: string, chunks: Iterable<Uint8Array>): Promise<void>
  remove(key: string): Promise<void>
}

interface Entry {
  key: string
  bytes: number
}

/**
 * @param budget bytes that sessions may take
 * @param model digest of the model; sessions of another one are never given
 * @param folder where sessions outlive the process, which has the folder for itself; in memory without one
 */
export async function openSessions(options: { budget: number; model: string; folder?: string }): Promise<Sessions> {
  const { budget, model, folder } = options
  const shelf = folder === undefined ? memoryShelf() : folderShelf(folder)
  /** By digest of the name; the least recently used first. */
  const entries = folder === undefined ? new Map<string, Entry>() : await found(folder, model)
  let writes = 0

  let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0)

  async function drop(id: string): Promise<boolean> {
    const entry = entries.get(id)
    if (!entry) return false
    entries.delete(id)
    bytes -= entry.bytes
    await shelf.remove(entry.key)
    return true
  }

  return {
    get count() {
      return entries.size
    },
    get bytes() {
      return bytes
    },

    async get(name) {
      const entry = entries.get(await digest(name))
      if (!entry) return undefined
      try {
        return decode(await shelf.read(entry.key), name)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        throw new UserError(
          `session: the file of ${JSON.stringify(name)} is damaged – delete the session, or use another`,
        )
      }
    },

    async put(name, session) {
      const id = await digest(name)
      const chunks = [...encode(name, session)]
      const size = chunks.reduce((sum, { length }) => sum + length, 0)
      if (size > budget) {
        throw new UserError(`session: ${size} bytes are more than the budget of ${budget} for all sessions – raise it`)
      }
      const key = `${model.slice(0, 16)}-${id}-${stamp(writes++)}`
      await shelf.write(key, chunks)
      await drop(id)
      entries.set(id, { key, bytes: size })
      bytes += size
      for (const oldest of [...entries.keys()]) {
        if (bytes <= budget) break
        await drop(oldest)
      }
    },

    remove: async (name) => drop(await digest(name)),
  }
}

/** Names of files sort by the time of their writing. */
function stamp(count: number): string {
  return `${Date.now().toString(36).padStart(9, '0')}${(count % 36 ** 4).toString(36).padStart(4, '0')}`
}

async function digest(name: string): Promise<string> {
  async function* bytes() {
    yield new TextEncoder().encode(name)
  }
  return (await platform().sha256(bytes())).slice(0, 32)
}

function encode(name: string, { state, unread, recent }: Session): Iterable<Uint8Array> {
  const used = Object.fromEntries(Object.entries(state.leaves).map(([path, leaf]) => [path, leaf.used]))
  const notes = { name, position: state.position, unread, recent, used }
  return encodeSafetensors(state.leaves, { session: JSON.stringify(notes) })
}

function decode(bytes: Uint8Array, name: string): Session {
  const { tensors, metadata } = decodeSafetensors(bytes, { name })
  const notes = JSON.parse(metadata.session ?? 'null')
  if (notes?.name !== name) throw new UserError(`session: not the file of ${JSON.stringify(name)}`)
  const leaf = ([path, tensor]: [string, TensorData]) => [path, { ...tensor, used: notes.used[path] }]
  const leaves = Object.fromEntries(Object.entries(tensors).map(leaf))
  return { state: { position: notes.position, leaves }, unread: notes.unread, recent: notes.recent }
}

function memoryShelf(): Shelf {
  const held = new Map<string, Uint8Array>()
  return {
    read: async (key) => held.get(key) as Uint8Array,
    async write(key, chunks) {
      const parts = [...chunks]
      const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const part of parts) {
        whole.set(part, at)
        at += part.length
      }
      held.set(key, whole)
    },
    async remove(key) {
      held.delete(key)
    },
  }
}

const extension = '.safetensors'

function folderShelf(folder: string): Shelf {
  const { files } = platform()
  const path = (key: string) => files.join(folder, `${key}${extension}`)
  return {
    read: (key) => files.read(path(key)),
    write: (key, chunks) => files.writeAtomic(path(key), chunks),
    remove: (key) => files.remove(path(key)),
  }
}

/**
 * What a folder holds of a model's sessions. A process that was killed may have left a file half written, or the older one
 * of two: both go.
 */
async function found(folder: string, model: string): Promise<Map<string, Entry>> {
  const { files } = platform()
  await files.makeDirectory(folder)
  const entries = new Map<string, Entry>()
  const names = await files.list(folder)
  for (const name of names.filter((name) => /^\..+\.tmp$/.test(name))) await files.remove(files.join(folder, name))
  const whole = names.filter((name) => name.startsWith(model.slice(0, 16)) && name.endsWith(extension))
  const stampOf = (name: string) => name.split('-')[2]
  for (const name of whole.sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1))) {
    const key = name.slice(0, -extension.length)
    const id = key.split('-')[1]
    const older = entries.get(id)
    if (older) await files.remove(files.join(folder, `${older.key}${extension}`))
    entries.delete(id)
    entries.set(id, { key, bytes: await files.size(files.join(folder, name)) })
  }
  return entries
}
