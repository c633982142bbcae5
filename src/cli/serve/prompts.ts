/** Texts and tokens that requests give, as tokens. */
import type { Tokenizer } from '../../data/index.js'
import { badValue } from './errors.js'

export function tokensOf(
  given: string | readonly string[] | readonly number[] | readonly number[][],
  tokenizer: Tokenizer,
  param: string,
): Int32Array[] {
  if (typeof given === 'string') return [tokenizer.encode(given)]
  if (typeof given[0] === 'number') return [checked(given as readonly number[], tokenizer, param)]
  return (given as readonly (string | number[])[]).map((one) =>
    typeof one === 'string' ? tokenizer.encode(one) : checked(one, tokenizer, param),
  )
}

function checked(ids: readonly number[], { vocabularySize }: Tokenizer, param: string): Int32Array {
  const wrong = ids.find((id) => id >= vocabularySize)
  if (wrong === undefined) return Int32Array.from(ids)
  throw badValue(param, `${param}: token ${wrong} is outside the vocabulary of ${vocabularySize}.`)
}
