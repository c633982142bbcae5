/**
 * States after the beginnings of prompts, so that a beginning many prompts share is read once. A state is that of a whole
 * number of large pieces: what follows is then read in the same pieces as without it, and gives the same bits.
 *
 * Most beginnings never come again. Those that have not yet share an eighth of the room, so that they neither drive out
 * those that do nor fill memory.
 */
import type { TextState } from '../inference/index.js'

export interface Prefixes {
  /** The longest known beginning of a prompt that leaves something to read. */
  find(prompt: Int32Array): { readonly read: number; readonly state: TextState } | undefined
  /** Whether the state after so many tokens of a prompt is worth keeping. */
  wanted(read: number, prompt: Int32Array): boolean
  put(beginning: Int32Array, state: TextState): void
  readonly bytes: number
}

interface Entry {
  readonly tokens: Int32Array
  readonly state: TextState
  readonly bytes: number
}

const block = 64
/** Of the room, what beginnings have that came once; */
const share = 1 / 8
/** or as much as this many times the newest one, which those of one prompt do not exceed: their lengths double. */
const ofOnePrompt = 3
/** Bytes that an array of a state takes beside its numbers, about: 5,000 states of a small model took 23 MiB of heap. */
const overhead = 1024

/** @param budget bytes of states that are kept; the least recently used are dropped */
export function createPrefixes(budget: number): Prefixes {
  /** Beginnings that came once, and those that came again; the least recently used first. */
  const once = shelf()
  const again = shelf()
  return {
    get bytes() {
      return once.bytes() + again.bytes()
    },

    find(prompt) {
      let found: { key: string; entry: Entry } | undefined
      for (const { key, length } of beginnings(prompt)) {
        const entry = again.entries.get(key) ?? once.entries.get(key)
        if (entry && same(entry.tokens, prompt.subarray(0, length))) found = { key, entry }
      }
      if (!found) return undefined
      const { key, entry } = found
      once.remove(key)
      again.put(key, entry)
      again.shrink(budget - once.bytes())
      return { read: entry.tokens.length, state: entry.state }
    },

    // At doubling distances, and at the end, so that a long prompt takes few states and a shared one is found.
    wanted(read, prompt) {
      if (read % block !== 0 || read >= prompt.length) return false
      const blocks = read / block
      return Number.isInteger(Math.log2(blocks)) || blocks === Math.floor((prompt.length - 1) / block)
    },

    put(beginning, state) {
      const tokens = beginning.slice()
      const arrays = [tokens, ...Object.values(state.leaves).map(({ data }) => data)]
      const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength + overhead, 0)
      if (bytes > budget) return
      const key = [...beginnings(tokens, tokens.length)].at(-1)?.key as string
      const known = again.entries.has(key)
      ;(known ? again : once).put(key, { tokens, state, bytes })
      once.shrink(Math.min(budget, Math.max(share * budget, ofOnePrompt * bytes)))
      again.shrink(budget - once.bytes())
    },
  }
}

/** Entries in the order in which they were put there. */
function shelf() {
  const entries = new Map<string, Entry>()
  let bytes = 0
  const remove = (key: string) => {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    entries: entries as ReadonlyMap<string, Entry>,
    bytes: () => bytes,
    remove,
    put(key: string, entry: Entry) {
      remove(key)
      entries.set(key, entry)
      bytes += entry.bytes
    },
    /** Drops the oldest until no more than so many bytes are left. */
    shrink(most: number) {
      for (const key of entries.keys()) {
        if (bytes <= most) return
        remove(key)
      }
    },
  }
}

/** Keys of the beginnings of whole blocks, at most `longest` tokens: FNV-1a of the tokens, which `find` compares itself. */
function* beginnings(tokens: Int32Array, longest = tokens.length - 1): Generator<{ key: string; length: number }> {
  let hash = 0x811c9dc5
  for (let index = 0; index < longest; index++) {
    hash = Math.imul(hash ^ tokens[index], 0x01000193)
    if ((index + 1) % block === 0) yield { key: `${index + 1} ${hash}`, length: index + 1 }
  }
}

function same(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index])
}
