/**
 * States after the beginnings of prompts, so that a beginning many prompts share is read once. A state is that of a whole
 * number of large pieces: what follows is then read in the same pieces as without it, and gives the same bits.
 */
import type { TextState } from '../inference/index.js'
import { stateBytes } from './state-bytes.js'

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

/** @param budget bytes of states that are kept; the least recently used are dropped */
export function createPrefixes(budget: number): Prefixes {
  /** The least recently used first. */
  const entries = new Map<string, Entry>()
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },

    find(prompt) {
      let found: { key: string; entry: Entry } | undefined
      for (const { key, length } of beginnings(prompt)) {
        const entry = entries.get(key)
        if (entry && same(entry.tokens, prompt.subarray(0, length))) found = { key, entry }
      }
      if (!found) return undefined
      entries.delete(found.key)
      entries.set(found.key, found.entry)
      return { read: found.entry.tokens.length, state: found.entry.state }
    },

    // At doubling distances, and at the end, so that a long prompt takes few states and a shared one is found.
    wanted(read, prompt) {
      if (read % block !== 0 || read >= prompt.length) return false
      const blocks = read / block
      return Number.isInteger(Math.log2(blocks)) || blocks === Math.floor((prompt.length - 1) / block)
    },

    put(beginning, state) {
      const tokens = beginning.slice()
      const size = stateBytes(state) + tokens.byteLength
      if (size > budget) return
      const key = [...beginnings(tokens, tokens.length)].at(-1)?.key as string
      bytes += size - (entries.get(key)?.bytes ?? 0)
      entries.delete(key)
      entries.set(key, { tokens, state, bytes: size })
      for (const [oldest, entry] of entries) {
        if (bytes <= budget) break
        entries.delete(oldest)
        bytes -= entry.bytes
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
