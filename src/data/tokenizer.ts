/** Turns text into integers below `vocabularySize` and back. Nothing is normalised and no special token is added. */
export interface Tokenizer {
  readonly kind: 'byte' | 'char' | 'word' | 'bpe'
  /** Every id is in [0, vocabularySize). */
  readonly vocabularySize: number
  /** @throws UserError when the text holds something that the tokenizer cannot express */
  encode(text: string): Int32Array
  /**
   * The tokens of a file that comes in chunks of any size, with bounded memory. The chunk borders do not change them.
   *
   * @throws UserError when the bytes are not UTF-8 (every kind but `byte`) or cannot be expressed
   */
  encodeStream(chunks: AsyncIterable<Uint8Array>, source?: Source): AsyncIterable<Int32Array>
  /** Bytes that make no character become U+FFFD. */
  decode(ids: ArrayLike<number>): string
  decoder(): TokenDecoder
  /** What {@link tokenizerFromJSON} makes the same tokenizer from; `JSON.stringify` calls it. */
  toJSON(): unknown
}

/** Decodes token by token. Bytes that do not yet make a character are held back; `end` gives what is left as U+FFFD. */
export interface TokenDecoder {
  push(id: number): string
  end(): string
}

/** Where text comes from, for errors: a path, and the offset in the file at which the bytes begin. */
export interface Source {
  readonly name: string
  readonly start: number
}

/** Text that no file stands behind. */
export const unnamed: Source = { name: 'the text', start: 0 }

/** A `decode` from a streaming decoder: the one definition serves both. */
export function decodeAll(decoder: TokenDecoder, ids: ArrayLike<number>): string {
  const parts: string[] = []
  for (let i = 0; i < ids.length; i++) parts.push(decoder.push(ids[i]))
  parts.push(decoder.end())
  return parts.join('')
}

/** A streaming decoder for tokens that stand for bytes of UTF-8. */
export function byteDecoder(bytesOf: (id: number) => Uint8Array): TokenDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    push: (id) => decoder.decode(bytesOf(id), { stream: true }),
    end: () => decoder.decode(),
  }
}

/** The entry of an id in a vocabulary; an id outside it is a mistake in the program, not in the text. */
export function lookUp<T>(vocabulary: ArrayLike<T>, id: number): T {
  if (id in vocabulary) return vocabulary[id]
  throw new RangeError(`decode: token ${id} is outside the vocabulary of ${vocabulary.length}`)
}
