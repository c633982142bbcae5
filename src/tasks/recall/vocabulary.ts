/** Words as tokens. */
export interface Vocabulary {
  readonly size: number
  word(token: number): string
  /** Tokens of words with a space between each two. @throws RangeError for a word that is not in it */
  encode(text: string): number[]
}

/** Each word is a token, in the order in which they first come. */
export function vocabularyOf(words: Iterable<string>): Vocabulary {
  const all = [...new Set(words)]
  const tokens = new Map(all.map((word, token) => [word, token]))
  return {
    size: all.length,
    word: (token) => all[token],
    encode: (text) =>
      text.split(' ').map((word) => {
        const token = tokens.get(word)
        if (token === undefined) throw new RangeError(`vocabulary: it lacks "${word}"`)
        return token
      }),
  }
}
