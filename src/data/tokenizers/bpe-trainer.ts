import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { sizeOf } from '../file.js'
import type { Tokenizer } from '../tokenizer.js'
import { decodeUtf8 } from '../utf8.js'
import { bpeTokenizer, tokenizerJson } from './bpe.js'
import { byteLevel, createPreTokenizer, type PreTokenizer } from './library.js'
import { learnMerges } from './merges.js'
import { streamPieces } from './pieces.js'

/**
 * Trains byte-level byte-pair encoding (GPT-2's kind) on a text file and writes it as a Hugging Face tokenizer.json.
 * Memory grows with the number of different words. A text too small for the vocabulary gives a smaller one.
 *
 * @param corpus path of the text
 * @param out path of the tokenizer.json
 * @param vocabularySize at least 256, one token for each byte
 * @throws UserError when the corpus is missing, empty or not UTF-8
 */
export async function trainBpe(options: { corpus: string; out: string; vocabularySize: number }): Promise<Tokenizer> {
  const { corpus, out, vocabularySize } = options
  const preTokenizer = createPreTokenizer()
  const alphabet = Object.values(preTokenizer.byte_encoder).sort()
  if (!Number.isInteger(vocabularySize) || vocabularySize < alphabet.length) {
    throw new UserError(`bpe: the vocabulary must hold the 256 bytes, got ${vocabularySize} – ask for 256 or more`)
  }
  await sizeOf(corpus)
  const ids = new Map(alphabet.map((character, id) => [character, id]))
  const words = Array.from(await countWords(corpus, preTokenizer), ([word, count]) => ({
    symbols: Array.from(word, (character) => ids.get(character) as number),
    count,
  }))
  const tokens = [...alphabet]
  const merges = learnMerges(words, tokens, vocabularySize).map(({ left, right }) => [tokens[left], tokens[right]])
  const json = describe(tokens, merges)
  await platform().files.writeAtomic(out, `${JSON.stringify(json, null, 1)}\n`)
  return bpeTokenizer({ tokenizer: tokenizerJson.parse(json) })
}

async function countWords(corpus: string, preTokenizer: PreTokenizer): Promise<Map<string, number>> {
  const split = (text: string) => preTokenizer.pre_tokenize_text(text)
  const counts = new Map<string, number>()
  for await (const words of streamPieces(
    decodeUtf8(platform().files.stream(corpus), { name: corpus, start: 0 }),
    split,
  )) {
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

/** A tokenizer.json, with every field that the Rust library asks for. */
function describe(tokens: string[], merges: string[][]) {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  }
}
