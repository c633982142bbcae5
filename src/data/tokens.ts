export type TokenArray = Uint16Array | Int32Array

/** Two bytes a token where the vocabulary allows it. */
export const tokenArray = (vocabularySize: number, length: number): TokenArray =>
  vocabularySize <= 1 << 16 ? new Uint16Array(length) : new Int32Array(length)

/** All tokens of a stream, in memory. */
export async function collectTokens(stream: AsyncIterable<Int32Array>, vocabularySize: number): Promise<TokenArray> {
  let tokens = tokenArray(vocabularySize, 1 << 12)
  let count = 0
  for await (const part of stream) {
    if (count + part.length > tokens.length) {
      const grown = tokenArray(vocabularySize, Math.max(2 * tokens.length, count + part.length))
      grown.set(tokens)
      tokens = grown
    }
    tokens.set(part, count)
    count += part.length
  }
  return tokens.slice(0, count)
}

export function checkRange(start: number, count: number, length: number, name: string): void {
  if (start >= 0 && count >= 0 && start + count <= length) return
  throw new RangeError(`${name}: tokens ${start} to ${start + count} were asked for, it has ${length}`)
}
