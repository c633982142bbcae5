import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { type Corpus, type CorpusOptions, openCorpus } from './corpus.js'
import { sizeOf } from './file.js'
import type { Tokenizer } from './tokenizer.js'

export interface Split {
  readonly train: Corpus
  readonly validation: Corpus
  close(): Promise<void>
}

/**
 * Splits a file in two contiguous parts, the first to train on, and tokenises each by itself. The border is a place in the
 * bytes (moved back to the start of a character), as in nanoGPT, whose split is a place in the text: every tokenizer
 * validates on the same text, and its bytes are known exactly.
 *
 * @param options.validation fraction of the bytes that validates; a tenth by default
 */
export async function openSplit(
  path: string,
  tokenizer: Tokenizer,
  options: Pick<CorpusOptions, 'cacheFolder' | 'memoryLimit'> & { validation?: number } = {},
): Promise<Split> {
  const { validation: fraction = 0.1, ...rest } = options
  if (!(fraction > 0 && fraction < 1)) {
    throw new UserError(`validation: expected a fraction between 0 and 1, got ${fraction} – use 0.1 for a tenth`)
  }
  const [first, second] = await divide(path, await sizeOf(path), [1 - fraction])
  const open = (part: string, range: ByteRange) =>
    openCorpus(path, tokenizer, { ...rest, range, name: `${part} part of ${path}` })
  const train = await open('training', first)
  const validation = await open('validation', second).catch(async (error) => {
    await train.close()
    throw error
  })
  return {
    train,
    validation,
    async close() {
      await train.close()
      await validation.close()
    },
  }
}

export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Contiguous parts of the first `size` bytes of a file, each of which begins at the start of a character.
 *
 * @param places where parts end, as ascending fractions of `size`; one more part takes the rest
 * @throws UserError when a part would be empty
 */
export async function divide(path: string, size: number, places: readonly number[]): Promise<ByteRange[]> {
  const borders = await Promise.all(places.map((place) => characterStart(path, Math.floor(size * place))))
  const parts = [...borders, size].map((end, index) => ({ start: index === 0 ? 0 : borders[index - 1], end }))
  if (parts.every(({ start, end }) => start < end)) return parts
  throw new UserError(`${path}: ${size} bytes are too few to train and validate on – give a longer file`)
}

/** Up to three continuation bytes back; more than three are no UTF-8, and the place stays. */
async function characterStart(path: string, at: number): Promise<number> {
  const file = await platform().files.open(path)
  const view = new Uint8Array(Math.min(at, 3) + 1)
  await file.read(view, at + 1 - view.length)
  await file.close()
  for (let back = 0; back < view.length; back++) {
    const byte = view[view.length - 1 - back]
    if (byte < 0x80 || byte >= 0xc0) return at - back
  }
  return at
}
