import { byteDecoder, type TokenDecoder } from '../tokenizer.js'
import type { TokenizerJson } from './bpe.js'
import { createPreTokenizer, type Library } from './library.js'

/** A streaming decoder for what a tokenizer.json describes. */
export function subwordDecoder(library: Library, { decoder, added_tokens }: TokenizerJson): TokenDecoder {
  const byteLevel = (decoder as { type?: string } | null)?.type === 'ByteLevel'
  if (!byteLevel) return windowDecoder(library)
  const literal = new Set(added_tokens.map((token) => token.content))
  return byteDecoder((id) => {
    const token = tokenOf(library, id)
    if (literal.has(token)) return new TextEncoder().encode(token)
    return Uint8Array.from(token, (character) => byteOf.get(character) ?? 0)
  })
}

const byteOf = new Map(
  Object.entries(createPreTokenizer().byte_encoder).map(([byte, character]) => [character, Number(byte)]),
)

/** Ids that the vocabulary skips, as padded embeddings have, decode to nothing. */
function tokenOf(library: Library, id: number): string {
  const size = library.model.vocab.length
  if (id >= 0 && id < size) return library.id_to_token(id) ?? ''
  throw new RangeError(`decode: token ${id} is outside the vocabulary of ${size}`)
}

const longestCharacter = 4

/**
 * Decodes kinds whose text depends on the tokens before (spaces, word pieces, byte fallback): a token's text is what it
 * adds to the decoding of the few tokens since the last text given out.
 */
function windowDecoder(library: Library): TokenDecoder {
  let context: number[] = []
  let waiting: number[] = []
  const decode = (ids: number[]) =>
    ids.length === 0 ? '' : library.decode(ids, { clean_up_tokenization_spaces: false })
  const release = () => {
    const text = decode([...context, ...waiting]).slice(decode(context).length)
    context = waiting
    waiting = []
    return text
  }
  return {
    push(id) {
      tokenOf(library, id)
      waiting.push(id)
      const unfinished = decode([...context, ...waiting]).endsWith('\ufffd') && waiting.length < longestCharacter
      return unfinished ? '' : release()
    },
    end: () => (waiting.length === 0 ? '' : release()),
  }
}
