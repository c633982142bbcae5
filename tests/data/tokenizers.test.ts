import { beforeEach, describe, expect, it } from 'vitest'
import {
  byteTokenizer,
  fitCharacters,
  fitWords,
  parseTokenizer,
  type Tokenizer,
  tokenizerFromJSON,
} from '#seqlab/data/index.js'
import { chunksOf, gather, installMemoryPlatform, type MemoryPlatform } from './memory-platform.js'
import { randomText, texts } from './texts.js'

const everything = Object.values(texts).join('\n') + randomText(2000, 1)
const chunkSizes = [1, 2, 3, 7, 1 << 16]
const kinds: Record<string, () => Promise<Tokenizer>> = {
  byte: async () => byteTokenizer(),
  char: () => fitCharacters(chunksOf(everything, 64)),
  word: () => fitWords(chunksOf(everything, 64)),
}

describe.each(Object.entries(kinds))('the %s tokenizer', (_, make) => {
  it.each(Object.entries({ ...texts, 'random characters': randomText(2000, 1) }))(
    'gives the same tokens of %s from chunks of any size as from the whole',
    async (_, text) => {
      const tokenizer = await make()
      const whole = Array.from(tokenizer.encode(text))
      expect(Math.max(...whole)).toBeLessThan(tokenizer.vocabularySize)
      for (const size of chunkSizes) expect(await gather(tokenizer.encodeStream(chunksOf(text, size)))).toEqual(whole)
    },
  )

  it('gives tokens while the text still comes, even where nothing divides it', async () => {
    const tokenizer = await make()
    for (const text of [everything.repeat(20), 'e'.repeat(200_000)]) {
      let parts = 0
      for await (const part of tokenizer.encodeStream(chunksOf(text, 1000))) if (part.length > 0) parts++
      expect(parts).toBeGreaterThan(12)
    }
  })

  it('is made again from its JSON', async () => {
    const tokenizer = await make()
    const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)))
    expect(again.kind).toBe(tokenizer.kind)
    expect(again.vocabularySize).toBe(tokenizer.vocabularySize)
    expect(again.encode(everything)).toEqual(tokenizer.encode(everything))
  })

  it('decodes token by token to the same text as at once', async () => {
    const tokenizer = await make()
    const ids = tokenizer.encode(everything)
    const decoder = tokenizer.decoder()
    const parts = Array.from(ids, (id) => decoder.push(id))
    expect(parts.join('') + decoder.end()).toBe(tokenizer.decode(ids))
  })

  it('makes nothing of nothing', async () => {
    const tokenizer = await make()
    expect(tokenizer.encode('')).toEqual(new Int32Array(0))
    expect(tokenizer.decode([])).toBe('')
    expect(await gather(tokenizer.encodeStream(chunksOf('', 1)))).toEqual([])
  })

  it('refuses to decode a token outside its vocabulary', async () => {
    const tokenizer = await make()
    for (const id of [-1, tokenizer.vocabularySize]) {
      expect(() => tokenizer.decode([id])).toThrow(
        `token ${id} is outside the vocabulary of ${tokenizer.vocabularySize}`,
      )
    }
  })
})

describe.each(['byte', 'char'])('the %s tokenizer', (kind) => {
  it.each(Object.entries(texts))('gives %s back as it was', async (_, text) => {
    const tokenizer = await kinds[kind]()
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })
})

describe('the byte tokenizer', () => {
  it('takes bytes that are no text', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(await gather(byteTokenizer().encodeStream(chunksOf(bytes, 3)))).toEqual(Array.from(bytes))
  })

  it('holds back the bytes of a character until it is whole', () => {
    const decoder = byteTokenizer().decoder()
    expect([0xf0, 0x9f, 0x9a, 0x80, 0x21].map((id) => decoder.push(id))).toEqual(['', '', '', '🚀', '!'])
    expect(decoder.end()).toBe('')
  })

  it('gives U+FFFD for bytes that become no character, and goes on', () => {
    const tokenizer = byteTokenizer()
    expect(tokenizer.decode([0x61, 0x80, 0x62])).toBe('a\ufffdb')
    expect(tokenizer.decode([0xe2, 0x82])).toBe('\ufffd')
    const decoder = tokenizer.decoder()
    expect([0xe2, 0x82, 0x61].map((id) => decoder.push(id))).toEqual(['', '', '\ufffda'])
  })
})

describe('the char tokenizer', () => {
  it('has the characters of the text in the order of their code points', async () => {
    const tokenizer = await fitCharacters(chunksOf('hello 🚀 é\n', 1))
    expect(Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.decode([id])).join('')).toBe(
      '\n ehloé🚀',
    )
    expect(tokenizer.encode('he🚀')).toEqual(Int32Array.of(3, 2, 7))
  })

  it('names a character that the training text lacks, with its byte, in a prompt and in a stream', async () => {
    const tokenizer = await fitCharacters(chunksOf('aé', 9))
    const message = 'page.txt: "🚀" (U+1F680) at byte 103 is not among the 2 characters of the training text'
    const stream = tokenizer.encodeStream(chunksOf('éa🚀', 1), { name: 'page.txt', start: 100 })
    await expect(gather(stream)).rejects.toThrow(message)
    expect(() => tokenizer.encode('aéb')).toThrow('the text: "b" (U+0062) at byte 3')
    expect(() => tokenizer.encode('aéb')).toThrow('--tokenizer byte')
  })
})

describe('the word tokenizer', () => {
  const text = 'the cat sat .\nthe dog ,  sat\r\n the\tcat'

  it('has <unk>, <eos>, then words by how often they occur', async () => {
    const tokenizer = await fitWords(chunksOf(text, 2))
    expect(tokenizer.toJSON()).toEqual({
      kind: 'word',
      words: ['<unk>', '<eos>', 'the', 'cat', 'sat', ',', '.', 'dog'],
    })
  })

  it('decodes words with single spaces and lines where they ended', async () => {
    const tokenizer = await fitWords(chunksOf(text, 2))
    expect(tokenizer.decode(tokenizer.encode(text))).toBe('the cat sat .\nthe dog , sat\nthe cat')
    expect(tokenizer.decode(tokenizer.encode('the bird\n'))).toBe('the <unk>\n')
  })

  it('divides at the white space of Unicode, which U+FEFF is not', async () => {
    const tokenizer = await fitWords(chunksOf('a\u00a0b\u3000c\u0085d \ufeff e\ufefff', 3))
    expect(tokenizer.vocabularySize).toBe(2 + 6)
    expect(tokenizer.decode(tokenizer.encode('a\u00a0\ufeff'))).toBe('a \ufeff')
  })

  it('keeps to its limit and calls the rest unknown', async () => {
    const tokenizer = await fitWords(chunksOf(text, 2), { limit: 4 })
    expect(tokenizer.vocabularySize).toBe(4)
    expect(tokenizer.decode(tokenizer.encode('the cat sat'))).toBe('the cat <unk>')
  })

  it('reads the marks of a prepared corpus as its own', async () => {
    const tokenizer = await fitWords(chunksOf('a <unk> b\n<unk> <eos>', 2))
    expect(Array.from(tokenizer.encode('a <unk>\n'))).toEqual([2, 0, 1])
    expect(tokenizer.vocabularySize).toBe(4)
  })

  it('cuts a text without white space every 1,000 characters, for chunks of any size', async () => {
    const run = `${'x'.repeat(1500)}🚀${'y'.repeat(2700)} end`
    const tokenizer = await fitWords(chunksOf(run, 7))
    const whole = Array.from(tokenizer.encode(run))
    expect(whole.length).toBe(6)
    for (const size of [1, 3, 1000, 1003, 9999]) {
      expect(await gather(tokenizer.encodeStream(chunksOf(run, size)))).toEqual(whole)
    }
  })
})

describe('parseTokenizer', () => {
  let memory: MemoryPlatform
  beforeEach(() => {
    memory = installMemoryPlatform()
    memory.write('text.txt', 'to be or not to be\n')
    memory.write('binary.bin', Uint8Array.of(0x61, 0x0a, 0x80, 0x00))
    memory.write('empty.txt', '')
  })

  it.each([
    ['byte', 256],
    ['char', 8],
    ['word', 6],
  ])('makes %s with a vocabulary of %i', async (choice, vocabularySize) => {
    expect(await parseTokenizer(choice, 'text.txt')).toMatchObject({ kind: choice, vocabularySize })
  })

  it.each(['', 'bytes', 'byte:x', 'char:', 'bpe', 'bpe:', 'Byte'])(
    'refuses the choice %j and names the four',
    async (choice) => {
      await expect(parseTokenizer(choice, 'text.txt')).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining(`expected byte, char, word or bpe:FILE, got ${JSON.stringify(choice)}`),
      })
    },
  )

  it.each(['char', 'word'])('sends a binary file from %s to the byte tokenizer', async (choice) => {
    await expect(parseTokenizer(choice, 'binary.bin')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^binary\.bin: not UTF-8 text, the byte at offset 2 is 0x80\n.*--tokenizer byte/),
    })
    expect((await parseTokenizer('byte', 'binary.bin')).vocabularySize).toBe(256)
  })

  it.each(['byte', 'char', 'word', 'bpe:tokenizer.json'])(
    'refuses an empty and a missing file for %s',
    async (choice) => {
      await expect(parseTokenizer(choice, 'empty.txt')).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('empty.txt: the file is empty'),
      })
      await expect(parseTokenizer(choice, 'none.txt')).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('none.txt: no such file'),
      })
    },
  )

  it.each([
    ['missing.json', undefined, 'no such file'],
    ['broken.json', '{', 'is not a Hugging Face tokenizer.json'],
    ['foreign.json', '{"a":1}', 'is not a Hugging Face tokenizer.json'],
    ['strange.json', '{"model":{"type":"Other"}}', 'is not a Hugging Face tokenizer.json'],
  ])('refuses %s as bpe', async (path, content, message) => {
    if (content !== undefined) memory.write(path, content)
    const error = await parseTokenizer(`bpe:${path}`, 'text.txt').catch((error) => error)
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining(message) })
    expect(error.message).toContain(path)
    expect(error.message.split('\n').length).toBeLessThanOrEqual(4)
  })
})

describe('tokenizerFromJSON', () => {
  it.each([
    null,
    {},
    { kind: 'other' },
    { kind: 'char' },
    { kind: 'word', words: [1] },
    { kind: 'bpe', tokenizer: {} },
  ])('refuses %j', (spec) => {
    expect(() => tokenizerFromJSON(spec)).toThrow(expect.objectContaining({ name: 'UserError' }))
  })
})
