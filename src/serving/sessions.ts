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

/** A conversation whose state had to make room for others. */
export class DroppedSessionError extends Error {
  constructor(name: string) {
    super(
      `Session ${JSON.stringify(name)} was dropped, because sessions took more than their budget – ` +
        'delete it and send the whole conversation, or use another name.',
    )
  }
}

export interface Sessions {
  /** @throws DroppedSessionError for one that made room for others, UserError for a file that is damaged */
  get(name: string): Promise<Session | undefined>
  put(name: string, session: Session): Promise<void>
  /** Whether there was one. What was dropped is forgotten, too: the name may begin anew. */
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
  /** By digest of the name; the least recently used first. `dropped` has keys of the notes that are left of sessions. */
  const { entries, dropped } =
    folder === undefined
      ? { entries: new Map<string, Entry>(), dropped: new Map<string, string>() }
      : await found(folder, model)
  let writes = 0

  let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0)

  async function forget(id: string): Promise<boolean> {
    const entry = entries.get(id)
    if (!entry) return false
    entries.delete(id)
    bytes -= entry.bytes
    await shelf.remove(entry.key)
    return true
  }

  /** Forgets a session, but not that it was there. */
  async function drop(id: string): Promise<void> {
    const note = `${keyOf(id)}${noteMark}`
    await shelf.write(note, [])
    dropped.set(id, note)
    await forget(id)
    const [oldest] = dropped
    if (dropped.size > mostNotes) await clear(oldest[0])
  }

  async function clear(id: string): Promise<boolean> {
    const note = dropped.get(id)
    if (note === undefined) return false
    dropped.delete(id)
    await shelf.remove(note)
    return true
  }

  const keyOf = (id: string) => `${model.slice(0, 16)}-${id}-${stamp(writes++)}`

  return {
    get count() {
      return entries.size
    },
    get bytes() {
      return bytes
    },

    async get(name) {
      const id = await digest(name)
      const entry = entries.get(id)
      if (dropped.has(id)) throw new DroppedSessionError(name)
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
      const key = keyOf(id)
      await shelf.write(key, chunks)
      await forget(id)
      // It may have been dropped while it was answering.
      await clear(id)
      entries.set(id, { key, bytes: size })
      bytes += size
      for (const oldest of [...entries.keys()]) {
        if (bytes <= budget) break
        await drop(oldest)
      }
    },

    async remove(name) {
      const id = await digest(name)
      const [had, wasDropped] = [await forget(id), await clear(id)]
      return had || wasDropped
    },
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
/** Ends the key of a note, a file of no bytes, that a session was dropped. */
const noteMark = '-dropped'
/** Notes that are kept. */
const mostNotes = 10_000

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
 * What a folder holds of a model's sessions, and of notes that some were dropped. A process that was killed may have left
 * a file half written, or the older one of two: both go.
 */
async function found(folder: string, model: string) {
  const { files } = platform()
  await files.makeDirectory(folder)
  const entries = new Map<string, Entry>()
  const dropped = new Map<string, string>()
  const names = await files.list(folder)
  for (const name of names.filter((name) => /^\..+\.tmp$/.test(name))) await files.remove(files.join(folder, name))
  const whole = names.filter((name) => name.startsWith(model.slice(0, 16)) && name.endsWith(extension))
  const stampOf = (name: string) => name.split('-')[2]
  for (const name of whole.sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1))) {
    const key = name.slice(0, -extension.length)
    const id = key.split('-')[1]
    const older = entries.get(id)?.key ?? dropped.get(id)
    if (older !== undefined) await files.remove(files.join(folder, `${older}${extension}`))
    entries.delete(id)
    dropped.delete(id)
    if (key.endsWith(noteMark)) dropped.set(id, key)
    else entries.set(id, { key, bytes: await files.size(files.join(folder, name)) })
  }
  return { entries, dropped }
}
