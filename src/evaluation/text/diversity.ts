/** How much generated texts repeat themselves and each other. */
import { UserError } from '../../platform/errors.js'

export interface Diversity {
  /** distinct-n for n = 1 to 4: different n-grams among all n-grams of all texts (Li et al. 2016, arXiv:1510.03055). */
  readonly distinct: readonly [number, number, number, number]
  /** seq-rep-4: the share of a text's 4-grams that occurred in it before, mean over texts (Welleck et al. 2019, arXiv:1908.04319). */
  readonly repetition: number
}

/**
 * @param texts token ids of each text; shorter ones than 4 tokens have no say in what they have no n-gram for
 * @throws UserError when no text has 4 tokens
 */
export function diversity(texts: readonly ArrayLike<number>[]): Diversity {
  const repeating = texts.map((text) => ngrams(text, 4)).filter(({ length }) => length > 0)
  if (repeating.length === 0) {
    throw new UserError('diversity: no text has 4 tokens or more – generate longer ones')
  }
  const shares = repeating.map((found) => 1 - distinctShare(found))
  return {
    distinct: [distinct(texts, 1), distinct(texts, 2), distinct(texts, 3), distinct(texts, 4)],
    repetition: shares.reduce((sum, share) => sum + share, 0) / shares.length,
  }
}

const distinct = (texts: readonly ArrayLike<number>[], n: number) =>
  distinctShare(texts.flatMap((text) => ngrams(text, n)))

const distinctShare = (found: readonly string[]) => new Set(found).size / found.length

const ngrams = (text: ArrayLike<number>, n: number): string[] =>
  Array.from({ length: Math.max(0, text.length - n + 1) }, (_, start) =>
    Array.from({ length: n }, (_, i) => text[start + i]).join(' '),
  )
