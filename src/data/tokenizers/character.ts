import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { decodeAll, lookUp, type Source, type Tokenizer, unnamed } from '../tokenizer.js'
import { decodeUtf8 } from '../utf8.js'

export const characterSpec = z.object({ kind: z.literal('char'), characters: z.string().min(1) })

/**
 * Every Unicode code point of the fitted text is a token, in the order of the code points. A character that the text does
 * not have is an error and not an unknown token: a loss over text that was replaced cannot be compared with any other.
 */
export function characterTokenizer({ characters }: { characters: string }): Tokenizer {
  const vocabulary = Array.from(characters)
  const codePoints = vocabulary.map(codePointOf)
  const ids = new Int32Array(codePoints.reduce((largest, point) => Math.max(largest, point), 0) + 1).fill(-1)
  for (const [id, point] of codePoints.entries()) ids[point] = id

  const encode = (text: string, source: Source) => {
    const tokens = new Int32Array(text.length)
    let count = 0
    for (let at = 0; at < text.length; count++) {
      const point = text.codePointAt(at) as number
      const id = point < ids.length ? ids[point] : -1
      if (id < 0) throw unknownCharacter(text, at, source, vocabulary.length)
      tokens[count] = id
      at += point > 0xffff ? 2 : 1
    }
    return tokens.subarray(0, count)
  }
  const decoder = () => ({ push: (id: number) => lookUp(vocabulary, id), end: () => '' })
  return {
    kind: 'char',
    vocabularySize: vocabulary.length,
    encode: (text) => encode(text, unnamed),
    async *encodeStream(chunks, source = unnamed) {
      let { start } = source
      for await (const text of decodeUtf8(chunks, source)) {
        yield encode(text, { name: source.name, start })
        start += byteLength(text)
      }
    },
    decode: (tokens) => decodeAll(decoder(), tokens),
    decoder,
    toJSON: () => ({ kind: 'char', characters }) satisfies z.infer<typeof characterSpec>,
  }
}

/** Fits the vocabulary to a text: all its code points. The whole file counts, validation split included, as in nanoGPT. */
export async function fitCharacters(chunks: AsyncIterable<Uint8Array>, source = unnamed): Promise<Tokenizer> {
  const seen = new Set<number>()
  for await (const text of decodeUtf8(chunks, source)) {
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at) as number
      seen.add(point)
      if (point > 0xffff) at++
    }
  }
  const sorted = [...seen].sort((a, b) => a - b)
  return characterTokenizer({ characters: sorted.map((point) => String.fromCodePoint(point)).join('') })
}

const codePointOf = (character: string) => character.codePointAt(0) as number

const byteLength = (text: string) => new TextEncoder().encode(text).length

function unknownCharacter(text: string, at: number, { name, start }: Source, size: number): UserError {
  const character = String.fromCodePoint(codePointOf(text.slice(at)))
  const hexadecimal = codePointOf(character).toString(16).toUpperCase().padStart(4, '0')
  return new UserError(
    `${name}: ${JSON.stringify(character)} (U+${hexadecimal}) at byte ${start + byteLength(text.slice(0, at))} is not ` +
      `among the ${size} characters of the training text\nremove it, or train with --tokenizer byte`,
  )
}
