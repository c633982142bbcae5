import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '#seqlab/data/utf8.js'
import { chunksOf } from './memory-platform.js'
import { randomText, texts } from './texts.js'

const source = { name: 'some.txt', start: 0 }

async function decode(data: string | Uint8Array, size: number, start = 0): Promise<string> {
  const parts: string[] = []
  for await (const part of decodeUtf8(chunksOf(data, size), { name: 'some.txt', start })) parts.push(part)
  return parts.join('')
}

describe('decoding UTF-8', () => {
  it.each(Object.entries(texts))('gives back %s from chunks of any size', async (_, text) => {
    for (const size of [1, 2, 3, 5, 7, 1 << 16]) expect(await decode(text, size)).toBe(text)
  })

  it('never gives out half a surrogate pair', async () => {
    for await (const part of decodeUtf8(chunksOf(randomText(500, 1), 3), source))
      expect(part).not.toMatch(/\p{Surrogate}/u)
  })

  const invalid: [string, number[], number][] = [
    ['a lone continuation byte', [0x61, 0x62, 0x80, 0x63], 2],
    ['a byte that UTF-8 never has', [0x61, 0xff], 1],
    ['a UTF-16 byte order mark', [0xff, 0xfe, 0x61, 0x00], 0],
    ['an overlong slash', [0x61, 0xc0, 0xaf], 1],
    ['an overlong character of three bytes', [0x61, 0xe0, 0x80, 0x80], 1],
    ['a surrogate', [0x61, 0x62, 0xed, 0xa0, 0x80], 2],
    ['a code point beyond the last', [0xf4, 0x90, 0x80, 0x80], 0],
    ['a character cut off at the end', [0x61, 0xf0, 0x9f, 0x9a], 1],
    ['a character cut off by another', [0xe2, 0x82, 0x61, 0x62], 0],
    ['an error after a genuine replacement character', [0xef, 0xbf, 0xbd, 0xc3, 0xa9, 0xfe, 0x61], 5],
  ]
  it.each(invalid)('names the offset of %s, for every chunk size', async (_, bytes, offset) => {
    for (const size of [1, 2, 3, 7, 100]) {
      await expect(decode(Uint8Array.from(bytes), size)).rejects.toThrow(
        `some.txt: not UTF-8 text, the byte at offset ${offset} is 0x${bytes[offset].toString(16)}`,
      )
    }
  })

  it('is a UserError of at most four lines that says what to do', async () => {
    const error = await decode(Uint8Array.of(0xff), 1).catch((error) => error)
    expect(error.name).toBe('UserError')
    expect(error.message).toContain('--tokenizer byte')
    expect(error.message.split('\n').length).toBeLessThanOrEqual(4)
  })

  it('counts from where the bytes lie in the file', async () => {
    await expect(decode(Uint8Array.of(0x61, 0xff), 1, 1000)).rejects.toThrow('offset 1001')
  })
})
