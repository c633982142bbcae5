import { UserError } from '../platform/errors.js'
import { type Source, unnamed } from './tokenizer.js'

/**
 * Reads bytes as UTF-8 text of whole characters, with bounded memory: a character that straddles a chunk border waits for
 * its rest. A byte order mark is kept like any other character, so that the text is the file and nothing else.
 *
 * @throws UserError with the offset of the first byte that is not UTF-8
 */
export async function* decodeUtf8(
  chunks: AsyncIterable<Uint8Array>,
  { name, start }: Source = unnamed,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let waiting = new Uint8Array(0)
  let offset = start
  const decode = (bytes: Uint8Array) => {
    try {
      return decoder.decode(bytes)
    } catch {
      const at = firstInvalid(bytes)
      throw new UserError(
        `${name}: not UTF-8 text, the byte at offset ${offset + at} is 0x${bytes[at].toString(16).padStart(2, '0')}\n` +
          'only the byte tokenizer reads any file: use --tokenizer byte, or convert the file to UTF-8',
      )
    }
  }
  for await (const chunk of chunks) {
    const bytes = waiting.length === 0 ? chunk : concatenate(waiting, chunk)
    const whole = bytes.length - unfinished(bytes)
    const text = decode(bytes.subarray(0, whole))
    offset += whole
    waiting = Uint8Array.from(bytes.subarray(whole)) // a copy: a stream may use its chunk again
    if (text !== '') yield text
  }
  decode(waiting)
}

/** Bytes that the UTF-8 form of a code point takes. */
export function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
}

/** How many bytes at the end begin a character whose rest is still to come. */
function unfinished(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count]
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > count ? count : 0
  }
  return 0
}

/** The lenient decoder marks the place with U+FFFD; one that stands in the text itself is told apart by its bytes. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0
  for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    const genuine = bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
    if (character === '\ufffd' && !genuine) return at
    at += utf8Length(character.codePointAt(0) ?? 0)
  }
  return at
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
