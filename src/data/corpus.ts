import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { sizeOf } from './file.js'
import { openTokenFile } from './token-file.js'
import type { Tokenizer } from './tokenizer.js'
import { checkRange, collectTokens, type TokenArray } from './tokens.js'

/** The tokens of a text, read from any place in it. */
export interface Corpus {
  /** For messages: `input.txt`, `training part of input.txt`. */
  readonly name: string
  /** Number of tokens. */
  readonly length: number
  /** Number of bytes that the tokens stand for; bits per byte is loss / ln 2 · length / bytes. */
  readonly bytes: number
  /** Tokens `start` to `start + count`. @throws RangeError outside the corpus */
  read(start: number, count: number): Promise<Int32Array>
  close(): Promise<void>
}

export interface CorpusOptions {
  /** The part of the file to take, in bytes; all of it by default. Text must begin and end at whole characters. */
  range?: { start: number; end: number }
  name?: string
  /** Where token files of large texts are kept, to be found again by content and tokenizer. Without it, all is in memory. */
  cacheFolder?: string
  /** Text up to this many bytes is tokenised into memory (16 MiB by default), larger text into a file. */
  memoryLimit?: number
}

/**
 * Opens a file of any size as tokens. Byte tokens are read straight from the file; others are made once, held in memory
 * when they are few and in a token file otherwise.
 *
 * @throws UserError when the file is missing, empty, or not what the tokenizer can read
 */
export async function openCorpus(path: string, tokenizer: Tokenizer, options: CorpusOptions = {}): Promise<Corpus> {
  const size = await sizeOf(path)
  const { range = { start: 0, end: size }, name = path, cacheFolder, memoryLimit = 1 << 24 } = options
  const bytes = range.end - range.start
  if (tokenizer.kind === 'byte') return openBytes(path, range, name)
  const text = () => platform().files.stream(path, range)
  const encode = () => tokenizer.encodeStream(text(), { name: path, start: range.start })
  const corpus =
    cacheFolder !== undefined && bytes > memoryLimit
      ? await openTokenFile({ name, bytes, cacheFolder, tokenizer, text, encode })
      : corpusOf(await collectTokens(encode(), tokenizer.vocabularySize), { name, bytes })
  if (corpus.length > 0) return corpus
  throw new UserError(`${name}: ${bytes} bytes of white space hold no ${tokenizer.kind} – give a file with text in it`)
}

/** Tokens in memory as a corpus. `bytes` is what they stand for; one a token by default. */
export function corpusOf(
  tokens: TokenArray,
  { name = 'the tokens', bytes = tokens.length }: { name?: string; bytes?: number } = {},
): Corpus {
  return {
    name,
    length: tokens.length,
    bytes,
    async read(start, count) {
      checkRange(start, count, tokens.length, name)
      return Int32Array.from(tokens.subarray(start, start + count))
    },
    close: async () => {},
  }
}

async function openBytes(path: string, range: { start: number; end: number }, name: string): Promise<Corpus> {
  const file = await platform().files.open(path)
  const length = range.end - range.start
  return {
    name,
    length,
    bytes: length,
    async read(start, count) {
      checkRange(start, count, length, name)
      const bytes = new Uint8Array(count)
      const got = await file.read(bytes, range.start + start)
      if (got === count) return Int32Array.from(bytes)
      throw new UserError(`${path}: became shorter while it was read – leave data files as they are until the run ends`)
    },
    close: () => file.close(),
  }
}
