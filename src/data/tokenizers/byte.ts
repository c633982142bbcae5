import { z } from 'zod'
import { byteDecoder, decodeAll, lookUp, type Tokenizer } from '../tokenizer.js'

export const byteSpec = z.object({ kind: z.literal('byte') })

const bytes = Array.from({ length: 256 }, (_, value) => Uint8Array.of(value))

/** Every byte is a token: takes any file, text or not. Vocabulary 256. */
export function byteTokenizer(): Tokenizer {
  const decoder = () => byteDecoder((id) => lookUp(bytes, id))
  return {
    kind: 'byte',
    vocabularySize: 256,
    encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
    async *encodeStream(chunks) {
      for await (const chunk of chunks) yield Int32Array.from(chunk)
    },
    decode: (ids) => decodeAll(decoder(), ids),
    decoder,
    toJSON: () => ({ kind: 'byte' }) satisfies z.infer<typeof byteSpec>,
  }
}
