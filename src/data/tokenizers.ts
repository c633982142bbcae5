import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { sizeOf } from './file.js'
import type { Tokenizer } from './tokenizer.js'
import { bpeSpec, bpeTokenizer } from './tokenizers/bpe.js'
import { byteSpec, byteTokenizer } from './tokenizers/byte.js'
import { characterSpec, characterTokenizer, fitCharacters } from './tokenizers/character.js'
import { loadPublished } from './tokenizers/published.js'
import { fitWords, wordSpec, wordTokenizer } from './tokenizers/word.js'

const specs = z.discriminatedUnion('kind', [
  byteSpec.transform(byteTokenizer),
  characterSpec.transform(characterTokenizer),
  wordSpec.transform(wordTokenizer),
  bpeSpec.transform(bpeTokenizer),
])

/**
 * The tokenizer that `toJSON` described.
 *
 * @throws UserError when it is no such description
 */
export function tokenizerFromJSON(spec: unknown): Tokenizer {
  const result = specs.safeParse(spec)
  if (result.success) return result.data
  const reason = z.prettifyError(result.error).split('\n')[0]
  throw new UserError(`tokenizer: not a description of one: ${reason} – use the file that the run wrote`)
}

/**
 * The tokenizer that `--tokenizer byte|char|word|bpe:FILE` asks for; `char` and `word` are fitted to the text.
 *
 * @param corpus path of the text to fit to
 * @throws UserError for another kind, and for a missing, empty or (all but `byte`) binary file
 */
export async function parseTokenizer(choice: string, corpus: string): Promise<Tokenizer> {
  const [, kind, file] = /^(\w*):?(.*)$/s.exec(choice) ?? []
  const source = { name: corpus, start: 0 }
  await sizeOf(corpus)
  if (choice === 'byte') return byteTokenizer()
  if (choice === 'char') return fitCharacters(platform().files.stream(corpus), source)
  if (choice === 'word') return fitWords(platform().files.stream(corpus), { source })
  if (kind === 'bpe' && file !== '') return loadPublished(file)
  const fix = kind === 'bpe' ? 'bpe needs a file: --tokenizer bpe:tokenizer.json' : 'use one of these'
  throw new UserError(`--tokenizer: expected byte, char, word or bpe:FILE, got ${JSON.stringify(choice)} – ${fix}`)
}
