import { z } from 'zod'
import { decodeAll, lookUp, type Source, type TokenDecoder, type Tokenizer, unnamed } from '../tokenizer.js'
import { decodeUtf8 } from '../utf8.js'

export const wordSpec = z.object({ kind: z.literal('word'), words: z.array(z.string()).min(2) })

const unknown = '<unk>'
const endOfLine = '<eos>'
const longest = 1000
/** Text is gathered up to here before it is searched, so that small chunks cost no more than large ones. */
const enough = 1 << 12

/**
 * The rule of the word-level benchmarks (Penn Treebank, WikiText): a word is a run of anything but white space, and the
 * end of a line is the token `<eos>`. Punctuation is set apart only where the text does so. A word that is not in the
 * vocabulary is `<unk>`. Runs over 1,000 characters are cut there, which bounds memory on text without spaces.
 *
 * Decoding joins words with one space and ends a line at `<eos>`: the kind of white space is lost.
 */
export function wordTokenizer({ words }: { words: string[] }): Tokenizer {
  const ids = new Map(words.map((word, id) => [word, id]))
  const unknownId = ids.get(unknown) ?? 0
  const toIds = (found: string[]) => Int32Array.from(found, (word) => ids.get(word) ?? unknownId)
  const decoder = () => wordDecoder(words)
  return {
    kind: 'word',
    vocabularySize: words.length,
    encode: (text) => toIds(wordsIn(text)),
    async *encodeStream(chunks, source = unnamed) {
      for await (const found of streamWords(chunks, source)) yield toIds(found)
    },
    decode: (tokens) => decodeAll(decoder(), tokens),
    decoder,
    toJSON: () => ({ kind: 'word', words }) satisfies z.infer<typeof wordSpec>,
  }
}

/**
 * Fits the vocabulary to a text: `<unk>`, `<eos>`, then the most frequent words up to `limit` tokens in all, words of
 * equal count in the order of their code units. Memory grows with the number of different words.
 */
export async function fitWords(
  chunks: AsyncIterable<Uint8Array>,
  { source = unnamed, limit = 50_000 }: { source?: Source; limit?: number } = {},
): Promise<Tokenizer> {
  const counts = new Map<string, number>()
  for await (const found of streamWords(chunks, source)) {
    for (const word of found) {
      const count = counts.get(word)
      // A matched string keeps the text around it in memory; the one that stays in the map is a copy.
      counts.set(count === undefined ? Array.from(word).join('') : word, (count ?? 0) + 1)
    }
  }
  for (const special of [unknown, endOfLine]) counts.delete(special)
  const byFrequency = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return wordTokenizer({ words: [unknown, endOfLine, ...byFrequency.slice(0, limit - 2).map(([word]) => word)] })
}

/** Unicode's white space. `\s` counts the zero-width U+FEFF too, which the word-level benchmarks have as a word. */
const pattern = new RegExp(`\\n|\\P{White_Space}{1,${longest}}`, 'gu')

const wordsIn = (text: string): string[] =>
  (text.match(pattern) ?? []).map((word) => (word === '\n' ? endOfLine : word))

async function* streamWords(chunks: AsyncIterable<Uint8Array>, source: Source): AsyncGenerator<string[]> {
  let waiting = ''
  for await (const text of decodeUtf8(chunks, source)) {
    waiting += text
    if (waiting.length < enough) continue
    const end = endOfLastWord(waiting)
    if (end > 0) yield wordsIn(waiting.slice(0, end))
    waiting = waiting.slice(end)
  }
  if (waiting !== '') yield wordsIn(waiting)
}

/** Up to where later text cannot change the words: the last white space, or the last cut of a run without any. */
function endOfLastWord(text: string): number {
  let start = text.length
  while (start > 0 && !/\p{White_Space}/u.test(text[start - 1])) start--
  const cuts = text.slice(start).match(new RegExp(`\\P{White_Space}{${longest}}`, 'gu')) ?? []
  return start + cuts.join('').length
}

function wordDecoder(words: string[]): TokenDecoder {
  let lineStart = true
  return {
    push(id) {
      const word = lookUp(words, id)
      if (word === endOfLine) {
        lineStart = true
        return '\n'
      }
      const text = lineStart ? word : ` ${word}`
      lineStart = false
      return text
    },
    end: () => '',
  }
}
