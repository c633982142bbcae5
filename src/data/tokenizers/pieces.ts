/**
 * Splits text into pieces whose encodings, one after another, are the encoding of the whole. Subword tokenizers look at
 * whole words, runs of spaces or digits, and some put a mark in front of a text, so a piece cannot end anywhere: a cut is
 * taken where the kind of character changes and only after the encoder itself has shown, on the text around it, that
 * encoding both sides gives the same as encoding them together.
 *
 * Where the cuts fall depends on the text alone, never on the chunks in which it came.
 */
export type Encode<Token> = (text: string) => Token[]

const pieceLength = 1 << 15
const around = 256
const tries = 256

/** Yields the pieces that later text cannot change; returns the text that is left. */
export function* pieces<Token>(text: string, encode: Encode<Token>): Generator<string, string> {
  let rest = text
  while (rest.length >= pieceLength + around) {
    const { end, next } = findCut(rest, encode)
    yield rest.slice(0, end)
    rest = rest.slice(next)
  }
  return rest
}

/** The encodings of the pieces of a whole text. */
export function encodePieces<Token>(text: string, encode: Encode<Token>): Token[] {
  const encoded: Token[][] = []
  const cut = pieces(text, encode)
  let step = cut.next()
  for (; !step.done; step = cut.next()) encoded.push(encode(step.value))
  encoded.push(encode(step.value))
  return encoded.flat()
}

/** The encodings of the pieces of a text that comes in parts. */
export async function* streamPieces<Token>(
  texts: AsyncIterable<string>,
  encode: Encode<Token>,
): AsyncGenerator<Token[]> {
  let waiting = ''
  for await (const text of texts) {
    const cut = pieces(waiting + text, encode)
    let step = cut.next()
    for (; !step.done; step = cut.next()) yield encode(step.value)
    waiting = step.value
  }
  if (waiting !== '') yield encode(waiting)
}

/**
 * The last cut before `pieceLength`. A tokenizer of the SentencePiece kind puts a space in front of each text it is given,
 * so there the space at the cut is left out (`next` is one more than `end`). Where nothing qualifies, as in a run of one
 * character without end, the piece ends at `pieceLength` all the same.
 */
function findCut<Token>(text: string, encode: Encode<Token>): { end: number; next: number } {
  let tried = 0
  for (let end = pieceLength; end > 0 && tried < tries; end--) {
    if (kindAt(text, end) === kindAt(text, end - 1) || isInsidePair(text, end)) continue
    tried++
    const before = text.slice(Math.max(0, end - around), end)
    const after = text.slice(end, end + around)
    if (isOneRun(before) || isOneRun(after)) continue
    const together = encode(before + after)
    const left = encode(before)
    if (sameTokens(together, left, encode(after))) return { end, next: end }
    if (after[0] === ' ' && sameTokens(together, left, encode(after.slice(1)))) return { end, next: end + 1 }
  }
  const end = isInsidePair(text, pieceLength) ? pieceLength - 1 : pieceLength
  return { end, next: end }
}

/** One run of characters from end to end: it could be divided otherwise in the whole text than in the part seen here. */
function isOneRun(text: string): boolean {
  for (let at = 1; at < text.length; at++) if (kindAt(text, at) !== kindAt(text, 0)) return false
  return true
}

const isInsidePair = (text: string, at: number) =>
  /[\uDC00-\uDFFF]/.test(text[at]) && /[\uD800-\uDBFF]/.test(text[at - 1])

function kindAt(text: string, at: number): string {
  const character = text[at]
  if (/\s/.test(character)) return 'space'
  if (/[\p{L}\p{M}\uD800-\uDFFF]/u.test(character)) return 'letter'
  return /\p{N}/u.test(character) ? 'digit' : 'other'
}

function sameTokens<Token>(together: Token[], left: Token[], right: Token[]): boolean {
  return (
    together.length === left.length + right.length &&
    left.every((token, i) => token === together[i]) &&
    right.every((token, i) => token === together[left.length + i])
  )
}
