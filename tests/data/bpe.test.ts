import { readFileSync } from 'node:fs'
import { Tokenizer as Library } from '@huggingface/tokenizers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Tokenizer, tokenizerFromJSON, trainBpe } from '#seqlab/data/index.js'
import { randomBelow } from '#seqlab/data/random.js'
import { learnMerges } from '#seqlab/data/tokenizers/merges.js'
import { chunksOf, gather, installMemoryPlatform, type MemoryPlatform } from './memory-platform.js'
import { randomText, texts } from './texts.js'
import { sentencePieceJson } from './tokenizer-json.js'

const shakespeare = readFileSync('data/tinyshakespeare/input.txt', 'utf8')

let memory: MemoryPlatform
beforeEach(() => {
  memory = installMemoryPlatform()
  memory.write('corpus.txt', shakespeare)
})

const train = (vocabularySize: number) => trainBpe({ corpus: 'corpus.txt', out: 'tokenizer.json', vocabularySize })
const written = () => JSON.parse(new TextDecoder().decode(memory.contents.get('tokenizer.json')))

/** The definition: count all pairs anew for every merge. */
function naiveMerges(words: { symbols: number[]; count: number }[], tokens: string[], vocabularySize: number) {
  const merges: [number, number, number][] = []
  while (tokens.length < vocabularySize) {
    const counts = new Map<string, number>()
    for (const { symbols, count } of words) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const key = `${symbols[i]},${symbols[i + 1]}`
        counts.set(key, (counts.get(key) ?? 0) + count)
      }
    }
    const ranked = [...counts].map(([key, count]) => ({ pair: key.split(',').map(Number), count }))
    ranked.sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1])
    const best = ranked[0]
    if (!best || best.count < 2) break
    const [left, right] = best.pair
    const merged = tokens.push(tokens[left] + tokens[right]) - 1
    merges.push([left, right, merged])
    for (const word of words) {
      const next: number[] = []
      for (let i = 0; i < word.symbols.length; i++) {
        const hit = word.symbols[i] === left && word.symbols[i + 1] === right
        next.push(hit ? merged : word.symbols[i])
        if (hit) i++
      }
      word.symbols = next
    }
  }
  return merges
}

/** What a tokenizer does with the merges: of those that apply, always the one learned first. */
function mergeByRank(word: number[], merges: { left: number; right: number; merged: number }[]): number[] {
  const symbols = [...word]
  for (;;) {
    const applies = ({ left, right }: { left: number; right: number }) =>
      symbols.some((symbol, at) => symbol === left && symbols[at + 1] === right)
    const merge = merges.find(applies)
    if (!merge) return symbols
    for (let at = 0; at + 1 < symbols.length; at++) {
      if (symbols[at] === merge.left && symbols[at + 1] === merge.right) symbols.splice(at, 2, merge.merged)
    }
  }
}

describe('learning merges', () => {
  it.each([1, 2, 3, 4, 5])('agrees with counting all pairs anew for each merge (seed %i)', (seed) => {
    const alphabet = ['a', 'b', 'c']
    const make = () =>
      Array.from({ length: 60 }, (_, word) => ({
        symbols: Array.from({ length: 1 + randomBelow(9, seed, word) }, (_, at) => randomBelow(3, seed, word, at)),
        count: 1 + randomBelow(5, seed, word, 99),
      }))
    const words = make()
    const tokens = [...alphabet]
    const merges = learnMerges(words, tokens, 90)
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(merges.length).toBeGreaterThan(30)
    expect(words.map(({ symbols }) => symbols)).toEqual(make().map(({ symbols }) => mergeByRank(symbols, merges)))
    expect(merges.map(({ left, right, merged }) => [left, right, merged])).toEqual(
      naiveMerges(make(), [...alphabet], 90),
    )
  })

  it('stops when no pair occurs twice', () => {
    const tokens = ['a', 'b']
    expect(learnMerges([{ symbols: [0, 1, 0, 1], count: 1 }], tokens, 100)).toEqual([{ left: 0, right: 1, merged: 2 }])
    expect(tokens).toEqual(['a', 'b', 'ab'])
  })

  it('merges a run of one symbol from the left', () => {
    const words = [{ symbols: [0, 0, 0, 0, 0], count: 3 }]
    learnMerges(words, ['a'], 2)
    expect(words[0].symbols).toEqual([1, 1, 0])
  })
})

describe('training byte-pair encoding', () => {
  it('learns 1,000 tokens from 1 MB within ten seconds, and a tokenizer.json that the library loads', async () => {
    const start = performance.now()
    const tokenizer = await train(1000)
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(tokenizer.vocabularySize).toBe(1000)
    const ids = tokenizer.encode(shakespeare)
    expect(ids.length).toBeLessThan(shakespeare.length / 2.3)
    expect(tokenizer.decode(ids)).toBe(shakespeare)
    const library = new Library(written(), {})
    expect(library.encode(shakespeare, { add_special_tokens: false }).ids).toEqual(Array.from(ids))
    expect(library.decode([...ids.subarray(0, 500)], { clean_up_tokenization_spaces: false })).toBe(
      tokenizer.decode(ids.subarray(0, 500)),
    )
  })

  it('writes the same file for chunks of any size', async () => {
    memory.write('corpus.txt', shakespeare.slice(0, 70_000) + Object.values(texts).join('\n'))
    const files: string[] = []
    for (memory.chunk of [1, 7, 1 << 16]) {
      await train(400)
      files.push(JSON.stringify(written()))
    }
    expect(new Set(files).size).toBe(1)
    expect(tokenizerFromJSON({ kind: 'bpe', tokenizer: written() }).vocabularySize).toBe(400)
  })

  it('has the 256 bytes alone when the corpus repeats nothing', async () => {
    memory.write('corpus.txt', 'abc')
    expect((await train(1000)).vocabularySize).toBe(256)
  })

  it.each([
    ['a vocabulary below the bytes', 100, 'abc', 'the vocabulary must hold the 256 bytes, got 100'],
    ['an empty corpus', 300, '', 'corpus.txt: the file is empty'],
  ])('refuses %s', async (_, vocabularySize, text, message) => {
    memory.write('corpus.txt', text)
    await expect(train(vocabularySize)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    })
    expect(memory.contents.has('tokenizer.json')).toBe(false)
  })

  it('refuses a binary corpus, naming the offset', async () => {
    memory.write('corpus.txt', Uint8Array.of(0x61, 0x62, 0xfe))
    await expect(train(300)).rejects.toThrow('corpus.txt: not UTF-8 text, the byte at offset 2 is 0xfe')
  })
})

describe('a trained byte-level tokenizer', () => {
  let tokenizer: Tokenizer
  beforeEach(async () => {
    memory.write('corpus.txt', shakespeare.slice(0, 100_000) + Object.values(texts).join('\n'))
    tokenizer = await train(600)
  })

  it('gives every text back as it was, also token by token, also from chunks', async () => {
    for (const text of [...Object.values(texts), randomText(3000, 2)]) {
      const ids = tokenizer.encode(text)
      expect(tokenizer.decode(ids)).toBe(text)
      const decoder = tokenizer.decoder()
      expect(Array.from(ids, (id) => decoder.push(id)).join('') + decoder.end()).toBe(text)
      for (const size of [1, 2, 3, 7]) {
        expect(await gather(tokenizer.encodeStream(chunksOf(text, size)))).toEqual(Array.from(ids))
      }
    }
  })

  it('holds back the tokens of an unfinished character', () => {
    const decoder = tokenizer.decoder()
    const parts = Array.from(tokenizer.encode('🜀!'), (id) => decoder.push(id))
    expect(parts.at(-1)).toBe('🜀!'.slice(-parts.at(-1)!.length))
    expect(parts.slice(0, -2).join('')).toBe('')
    expect(parts.join('') + decoder.end()).toBe('🜀!')
  })

  it('decodes an unfinished character at the end as U+FFFD', () => {
    const ids = tokenizer.encode('🜀')
    expect(tokenizer.decode(ids.subarray(0, -1))).toBe('\ufffd')
  })

  it('makes nothing of nothing', () => {
    expect(tokenizer.encode('').length).toBe(0)
    expect(tokenizer.decode([])).toBe('')
  })
})

describe('dividing long text into pieces', () => {
  const library = (tokenizer: Tokenizer) => {
    const spec = tokenizer.toJSON() as { tokenizer: object }
    return new Library(spec.tokenizer, {})
  }
  const long: Record<string, string> = {
    'many languages': Object.values(texts).join('\n').repeat(120),
    'lines without spaces': '吾輩は猫である。名前はまだ無い。どこで生れたか頓と見当がつかぬ。'.repeat(3000),
    numbers: Array.from({ length: 30_000 }, (_, i) => randomBelow(10 ** (1 + (i % 9)), 8, i)).join(' '),
    'ragged spaces': Array.from({ length: 30_000 }, (_, i) => 'ab'.repeat(i % 4) + ' \n\t'.repeat(i % 3)).join(' '),
  }

  it.each(Object.entries(long))('changes no token of %s', async (_, text) => {
    const tokenizer = await train(500)
    const ids = tokenizer.encode(text)
    expect(Array.from(ids)).toEqual(library(tokenizer).encode(text, { add_special_tokens: false }).ids)
    expect(await gather(tokenizer.encodeStream(chunksOf(text, 9973)))).toEqual(Array.from(ids))
  })

  it('changes no token where the tokenizer puts a space in front of each text', async () => {
    const tokenizer = tokenizerFromJSON({ kind: 'bpe', tokenizer: sentencePieceJson() })
    for (const text of [shakespeare.slice(0, 150_000), 'a  b \n\n c '.repeat(9000)]) {
      const ids = tokenizer.encode(text)
      expect(Array.from(ids)).toEqual(library(tokenizer).encode(text, { add_special_tokens: false }).ids)
      expect(await gather(tokenizer.encodeStream(chunksOf(text, 1000)))).toEqual(Array.from(ids))
      expect(tokenizer.decode(ids)).toBe(text)
    }
  })

  it('ends a run without any place to cut all the same, and loses nothing', async () => {
    const tokenizer = await train(300)
    for (const text of ['x'.repeat(100_000), '🚀'.repeat(50_000)]) {
      const ids = tokenizer.encode(text)
      expect(tokenizer.decode(ids)).toBe(text)
      expect(await gather(tokenizer.encodeStream(chunksOf(text, 777)))).toEqual(Array.from(ids))
      let parts = 0
      for await (const part of tokenizer.encodeStream(chunksOf(text, 777))) if (part.length > 0) parts++
      expect(parts).toBeGreaterThan(2)
    }
  })
})

describe('tokenizers of the SentencePiece kind', () => {
  it('decode token by token to the same text, with spaces and bytes where they belong', () => {
    const tokenizer = tokenizerFromJSON({ kind: 'bpe', tokenizer: sentencePieceJson() })
    for (const text of ['to be', 'a €uro 🚀 x', 'line\nline', ' two  spaces ']) {
      const ids = tokenizer.encode(text)
      const decoder = tokenizer.decoder()
      expect(Array.from(ids, (id) => decoder.push(id)).join('') + decoder.end()).toBe(text)
    }
  })

  it('hold back bytes that make no character yet, at most four', () => {
    const tokenizer = tokenizerFromJSON({ kind: 'bpe', tokenizer: sentencePieceJson() })
    const rocket = tokenizer.encode('🚀').subarray(1)
    const decoder = tokenizer.decoder()
    expect(Array.from(rocket, (id) => decoder.push(id))).toEqual(['', '', '', '🚀'])
    expect(Array.from([rocket[0], rocket[0], rocket[0], rocket[0]], (id) => decoder.push(id))).toEqual([
      '',
      '',
      '',
      '\ufffd'.repeat(4),
    ])
    expect(decoder.push(rocket[0])).toBe('')
    expect(decoder.end()).toBe('\ufffd')
  })
})

describe('added tokens', () => {
  it('are recognised in text and decode to themselves', async () => {
    await train(300)
    const json = { ...written(), added_tokens: [{ id: 300, content: '<|endoftext|>', special: true }] }
    const tokenizer = tokenizerFromJSON({ kind: 'bpe', tokenizer: json })
    expect(tokenizer.vocabularySize).toBe(301)
    const text = 'one<|endoftext|>two é'
    const ids = tokenizer.encode(text)
    expect(Array.from(ids).filter((id) => id === 300).length).toBe(1)
    expect(tokenizer.decode(ids)).toBe(text)
  })
})
