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
  const size = await sizeOf(path)
  const border = await characterStart(path, Math.floor(size * (1 - fraction)))
  if (border === 0) {
    throw new UserError(`${path}: ${size} bytes are too few to train and validate on – give a longer file`)
  }
  const open = (part: string, start: number, end: number) =>
    openCorpus(path, tokenizer, { ...rest, range: { start, end }, name: `${part} part of ${path}` })
  const train = await open('training', 0, border)
  const validation = await open('validation', border, size).catch(async (error) => {
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
