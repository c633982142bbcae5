/** Texts and tokens that requests give, as tokens. */
import type { Tokenizer } from '../../data/index.js'
import { badValue } from './errors.js'

export function tokensOf(
  given: string | readonly string[] | readonly number[] | readonly number[][],
  tokenizer: Tokenizer,
  param: string,
): Int32Array[] {
  if (typeof given === 'string') return [encoded(given, tokenizer, param)]
  if (typeof given[0] === 'number') return [checked(given as readonly number[], tokenizer, param)]
  return (given as readonly (string | number[])[]).map((one) =>
    typeof one === 'string' ? encoded(one, tokenizer, param) : checked(one, tokenizer, param),
  )
}

/** @throws ApiError for halves of characters, which no bytes stand for */
export function encoded(text: string, tokenizer: Tokenizer, param: string): Int32Array {
  if (/\p{Surrogate}/u.test(text))
    throw badValue(param, `${param}: holds half of a surrogate pair, which is no character.`)
  return tokenizer.encode(text)
}

function checked(ids: readonly number[], { vocabularySize }: Tokenizer, param: string): Int32Array {
  const wrong = ids.find((id) => id >= vocabularySize)
  if (wrong === undefined) return Int32Array.from(ids)
  throw badValue(param, `${param}: token ${wrong} is outside the vocabulary of ${vocabularySize}.`)
}
