import { beforeEach, describe, expect, it } from 'vitest'
import {
  byteTokenizer,
  type Corpus,
  type CorpusOptions,
  corpusOf,
  fitCharacters,
  fitWords,
  openCorpus,
  openSplit,
  type Tokenizer,
} from '#seqlab/data/index.js'
import { randomBelow } from '#seqlab/data/random.js'
import { chunksOf, installMemoryPlatform, type MemoryPlatform } from './memory-platform.js'
import { randomText } from './texts.js'

let memory: MemoryPlatform
beforeEach(() => {
  memory = installMemoryPlatform()
})

const all = (corpus: Corpus) => corpus.read(0, corpus.length)
const size = (text: string) => new TextEncoder().encode(text).length

describe('a corpus', () => {
  const text = randomText(5000, 3)
  const ways: [string, () => Promise<Tokenizer>, CorpusOptions][] = [
    ['bytes read from the file', async () => byteTokenizer(), {}],
    ['characters in memory', () => fitCharacters(chunksOf(text, 100)), {}],
    ['characters in a token file', () => fitCharacters(chunksOf(text, 100)), { cacheFolder: 'cache', memoryLimit: 0 }],
  ]

  it.each(ways)('of %s has the tokens of the whole text, wherever it is read', async (_, make, options) => {
    memory.write('text.txt', text)
    memory.chunk = 333
    const tokenizer = await make()
    const corpus = await openCorpus('text.txt', tokenizer, options)
    const expected = tokenizer.encode(text)
    expect(corpus).toMatchObject({ name: 'text.txt', length: expected.length, bytes: size(text) })
    expect(await all(corpus)).toEqual(expected)
    for (let i = 0; i < 50; i++) {
      const start = randomBelow(corpus.length, 4, i)
      const count = randomBelow(corpus.length - start + 1, 5, i)
      expect(await corpus.read(start, count)).toEqual(expected.slice(start, start + count))
    }
    await corpus.close()
  })

  it.each(ways)('of %s refuses to be read outside', async (_, make, options) => {
    memory.write('text.txt', text)
    const corpus = await openCorpus('text.txt', await make(), options)
    const message = `text.txt: tokens ${corpus.length - 1} to ${corpus.length + 1} were asked for, it has ${corpus.length}`
    await expect(corpus.read(corpus.length - 1, 2)).rejects.toThrow(message)
    await expect(corpus.read(-1, 2)).rejects.toThrow(RangeError)
  })

  it('of bytes never reads more of the file than it is asked for', async () => {
    memory.write('text.txt', text)
    const corpus = await openCorpus('text.txt', byteTokenizer())
    await corpus.read(100, 17)
    expect(memory.streams).toBe(0)
    expect(memory.largestRead).toBe(17)
  })

  it('tells when its file became shorter', async () => {
    memory.write('text.txt', text)
    const corpus = await openCorpus('text.txt', byteTokenizer(), { range: { start: 0, end: size(text) + 5 } })
    await expect(corpus.read(corpus.length - 10, 10)).rejects.toThrow('text.txt: became shorter while it was read')
  })

  it.each([
    ['none.txt', 'none.txt: no such file'],
    ['empty.txt', 'empty.txt: the file is empty'],
    ['blank.txt', 'blank.txt: 4 bytes of white space hold no word'],
    ['binary.bin', 'binary.bin: not UTF-8 text, the byte at offset 1 is 0xff'],
  ])('refuses %s', async (path, message) => {
    memory.write('empty.txt', '')
    memory.write('blank.txt', ' \t  ')
    memory.write('binary.bin', Uint8Array.of(0x61, 0xff))
    const tokenizer = await fitWords(chunksOf('a b', 1))
    await expect(openCorpus(path, tokenizer)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    })
  })
})

describe('a token file', () => {
  const options = { cacheFolder: 'cache', memoryLimit: 10 }
  const open = async (text: string, tokenizer: Tokenizer) => {
    memory.write('text.txt', text)
    memory.streams = 0
    return openCorpus('text.txt', tokenizer, options)
  }
  const cached = () =>
    new Set([...memory.contents.keys()].filter((key) => key.startsWith('cache/')).map((key) => key.split('/')[1]))

  it('is written once and found again', async () => {
    const tokenizer = await fitCharacters(chunksOf('abc', 1))
    const first = await all(await open('abcabcabcabc', tokenizer))
    expect(memory.streams).toBe(2)
    expect(await all(await open('abcabcabcabc', tokenizer))).toEqual(first)
    expect(memory.streams).toBe(1)
    expect(cached().size).toBe(1)
  })

  it('is another for another text and another tokenizer', async () => {
    await open('abcabcabcabc', await fitCharacters(chunksOf('abc', 1)))
    await open('abcabcabcabb', await fitCharacters(chunksOf('abc', 1)))
    await open('abcabcabcabc', await fitCharacters(chunksOf('abcd', 1)))
    expect(cached().size).toBe(3)
  })

  it('is not taken for complete when its writing was interrupted', async () => {
    const tokenizer = await fitCharacters(chunksOf('abc', 1))
    const expected = await all(await open('abcabcabcabc', tokenizer))
    memory.contents.delete(`cache/${[...cached()][0]}/manifest.json`)
    expect(await all(await open('abcabcabcabc', tokenizer))).toEqual(expected)
  })

  it.each(['0.bin', 'manifest.json'])('says so when %s is damaged', async (name) => {
    const tokenizer = await fitCharacters(chunksOf('abc', 1))
    await open('abcabcabcabc', tokenizer)
    memory.write(`cache/${[...cached()][0]}/${name}`, 'x')
    await expect(open('abcabcabcabc', tokenizer).then(all)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('the token file is damaged – delete this folder'),
    })
  })

  it('reads across the borders of its shards', async () => {
    const shard = 1 << 23
    const bytes = Uint8Array.from({ length: shard + 1000 }, (_, i) => 97 + ((i * 7 + (i >> 8)) % 26))
    memory.write('text.txt', bytes)
    const tokenizer = await fitCharacters(chunksOf(bytes, 1 << 20))
    const corpus = await openCorpus('text.txt', tokenizer, options)
    expect(corpus.length).toBe(bytes.length)
    const around = await corpus.read(shard - 50, 100)
    expect(Array.from(around)).toEqual(Array.from(bytes.slice(shard - 50, shard + 50), (byte) => byte - 97))
  })

  it('takes four bytes a token where the vocabulary needs them', async () => {
    const many = Array.from({ length: 70_000 }, (_, i) => String.fromCodePoint(0x10000 + i)).join('')
    const tokenizer = await fitCharacters(chunksOf(many, 1 << 16))
    expect(await all(await open(many, tokenizer))).toEqual(tokenizer.encode(many))
    expect(await all(await openCorpus('text.txt', tokenizer))).toEqual(tokenizer.encode(many))
  })
})

describe('a split', () => {
  it('trains on the first nine tenths and validates on the rest, as nanoGPT does', async () => {
    const text = `${'abcdefghij'.repeat(11)}xyz`
    memory.write('text.txt', text)
    const tokenizer = await fitCharacters(chunksOf(text, 9))
    const { train, validation } = await openSplit('text.txt', tokenizer)
    expect(tokenizer.decode(await all(train))).toBe(text.slice(0, 101))
    expect(tokenizer.decode(await all(validation))).toBe(text.slice(101))
    expect([train.bytes, validation.bytes]).toEqual([101, 12])
    expect(validation.name).toBe('validation part of text.txt')
  })

  it('falls between characters, at the same place for every tokenizer', async () => {
    for (let length = 8; length < 60; length++) {
      const text = randomText(length, length)
      memory.write('text.txt', text)
      const decoded: string[] = []
      for (const tokenizer of [byteTokenizer(), await fitCharacters(chunksOf(text, 9))]) {
        const split = await openSplit('text.txt', tokenizer, { validation: 0.3 })
        const parts = [tokenizer.decode(await all(split.train)), tokenizer.decode(await all(split.validation))]
        expect(parts.join('')).toBe(text)
        expect([split.train.bytes, split.validation.bytes]).toEqual(parts.map(size))
        decoded.push(parts[1])
      }
      expect(decoded[0]).toBe(decoded[1])
    }
  })

  it('knows the bytes of each part for a tokenizer that loses white space', async () => {
    const text = 'one  two\tthree \n four five   six seven'
    memory.write('text.txt', text)
    const split = await openSplit('text.txt', await fitWords(chunksOf(text, 9)), { validation: 0.5 })
    expect([split.train.bytes, split.validation.bytes]).toEqual([19, 19])
  })

  it('splits bytes that are no text where it is asked to', async () => {
    memory.write('binary.bin', new Uint8Array(100).fill(0x80))
    const { train, validation } = await openSplit('binary.bin', byteTokenizer())
    expect([train.length, validation.length]).toEqual([90, 10])
  })

  it('keeps both parts of a large text in token files', async () => {
    memory.write('text.txt', 'abcdefghij'.repeat(10))
    const tokenizer = await fitCharacters(chunksOf('abcdefghij', 9))
    const { train, validation } = await openSplit('text.txt', tokenizer, { cacheFolder: 'cache', memoryLimit: 5 })
    expect(tokenizer.decode(await all(train))).toBe('abcdefghij'.repeat(9))
    expect(tokenizer.decode(await all(validation))).toBe('abcdefghij')
    expect([...memory.contents.keys()].filter((key) => key.endsWith('manifest.json')).length).toBe(2)
  })

  it('names the place in the file, not in its part, where a character is unknown or a byte no text', async () => {
    memory.write('text.txt', `${'a'.repeat(95)}é${'a'.repeat(3)}`)
    const tokenizer = await fitCharacters(chunksOf('a', 1))
    await expect(openSplit('text.txt', tokenizer)).rejects.toThrow('text.txt: "é" (U+00E9) at byte 95')
    memory.write(
      'text.txt',
      Uint8Array.from({ length: 100 }, (_, i) => (i === 97 ? 0xff : 0x61)),
    )
    await expect(openSplit('text.txt', tokenizer)).rejects.toThrow('offset 97')
  })

  it.each([0, 1, -0.1, Number.NaN])('refuses %f as the fraction that validates', async (validation) => {
    memory.write('text.txt', 'abc')
    await expect(openSplit('text.txt', byteTokenizer(), { validation })).rejects.toThrow(
      `validation: expected a fraction between 0 and 1, got ${validation}`,
    )
  })

  it('refuses a file too small to split', async () => {
    memory.write('text.txt', 'a')
    await expect(openSplit('text.txt', byteTokenizer())).rejects.toThrow('text.txt: 1 bytes are too few')
  })
})

describe('tokens in memory', () => {
  it('are a corpus', async () => {
    const corpus = corpusOf(Int32Array.of(5, 6, 7))
    expect(corpus).toMatchObject({ length: 3, bytes: 3 })
    expect(await corpus.read(1, 2)).toEqual(Int32Array.of(6, 7))
  })
})
