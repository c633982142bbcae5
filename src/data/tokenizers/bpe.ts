import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { readText } from '../file.js'
import { decodeAll, type Tokenizer, unnamed } from '../tokenizer.js'
import { decodeUtf8 } from '../utf8.js'
import { subwordDecoder } from './bpe-decoder.js'
import { createLibrary } from './library.js'
import { encodePieces, streamPieces } from './pieces.js'

const isId = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31
const idsWanted = 'numbers of tokens must be whole, from 0 to 2147483647'
/** Numbers by token, or tokens in order. Looked at in a loop: there may be hundreds of thousands. */
const vocabulary = z
  .custom<object>((value) => typeof value === 'object' && value !== null, {
    error: 'a vocabulary must be numbers by token, or tokens in order',
    abort: true,
  })
  .refine((value) => Array.isArray(value) || Object.values(value).every(isId), idsWanted)

/** A Hugging Face tokenizer.json, as far as it is looked at here; the library reads the rest. */
export const tokenizerJson = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.number().refine(isId, idsWanted), content: z.string() })).default([]),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
  model: z.looseObject({ vocab: vocabulary }),
})
export type TokenizerJson = z.output<typeof tokenizerJson>

export const bpeSpec = z.object({ kind: z.literal('bpe'), tokenizer: tokenizerJson })

/**
 * The tokenizer of a tokenizer.json: byte-level byte-pair encoding and whatever else the library runs (SentencePiece's
 * kind, WordPiece). Added tokens such as `<|endoftext|>` are recognised where the text holds them; none is put in.
 */
export function bpeTokenizer({ tokenizer: json }: { tokenizer: TokenizerJson }): Tokenizer {
  const library = createLibrary(json)
  const encode = (text: string): number[] =>
    library.encode(text, { add_special_tokens: false }).ids.map((id) => id ?? missingToken(text))
  const decoder = () => subwordDecoder(library, json)
  return {
    kind: 'bpe',
    vocabularySize: library.model.vocab.length,
    encode: (text) => Int32Array.from(encodePieces(text, encode)),
    async *encodeStream(chunks, source = unnamed) {
      for await (const ids of streamPieces(decodeUtf8(chunks, source), encode)) yield Int32Array.from(ids)
    },
    decode: (ids) => decodeAll(decoder(), ids),
    decoder,
    toJSON: () => ({ kind: 'bpe', tokenizer: json }) satisfies z.infer<typeof bpeSpec>,
  }
}

/** @throws UserError when the file is missing, empty or no tokenizer.json that the library runs */
export async function loadBpe(path: string): Promise<Tokenizer> {
  const text = await readText(path)
  return tokenizerOf(
    () => JSON.parse(text),
    (reason) =>
      `bpe: ${path} is not a Hugging Face tokenizer.json: ${reason} – ` +
      'take the tokenizer.json beside a model, or train one on your text',
  )
}

/** The tokenizer that a description gives. @throws UserError with what `refuse` says where there is none */
export function tokenizerOf(json: () => unknown, refuse: (reason: string) => string): Tokenizer {
  try {
    return bpeTokenizer({ tokenizer: tokenizerJson.parse(json()) })
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new UserError(refuse(reason.split('\n')[0].slice(0, 200)))
  }
}

function missingToken(text: string): never {
  const excerpt = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
  throw new UserError(
    `bpe: tokenizer.json has neither a token for a part of ${excerpt} nor an unknown token – ` +
      'use a byte-level tokenizer, which takes any text',
  )
}
