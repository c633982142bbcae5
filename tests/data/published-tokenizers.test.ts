import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPublished, type Tokenizer, tokenizerFromJSON } from '#seqlab/data/index.js'
import { byteLevel } from '#seqlab/data/tokenizers/library.js'
import '#seqlab/index.js'
import { readGguf } from './gguf.js'
import { chunksOf, gather } from './memory-platform.js'
import { byteLevelJson, sentencePieceJson } from './tokenizer-json.js'

const shared = process.env.SEQLAB_SHARED
if (!shared) console.log('published-tokenizers: skipped, SEQLAB_SHARED is not set')

// Test strings and expected ids come from llama.cpp's vocabulary tests; the vocabularies from OpenAI and the same place.
describe.skipIf(!shared)('tokenizers that others published', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seqlab-tokenizers-'))
    execFileSync(join(shared as string, 'data', 'unpack'), [
      folder,
      'tokenizer-gpt2',
      'tokenizer-fixtures',
      'tokenizer-sentencepiece',
    ])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const fixture = (name: string) => join(folder, 'tokenizer-fixtures', `ggml-vocab-${name}.gguf`)
  const bpe = (json: object) => tokenizerFromJSON({ kind: 'bpe', tokenizer: json })

  function cases(name: string): [text: string, ids: number[]][] {
    const inputs = readFileSync(`${fixture(name)}.inp`, 'utf8').split('\n__ggml_vocab_test__\n')
    const outputs = readFileSync(`${fixture(name)}.out`, 'utf8').split('\n')
    expect(inputs.length).toBeGreaterThan(40)
    return inputs.map((text, i) => [text, outputs[i].trim().split(/\s+/).filter(Boolean).map(Number)])
  }

  async function checkFixture(tokenizer: Tokenizer, name: string) {
    for (const [text, expected] of cases(name)) {
      expect(Array.from(tokenizer.encode(text)), JSON.stringify(text)).toEqual(expected)
      expect(await gather(tokenizer.encodeStream(chunksOf(text, 1)))).toEqual(expected)
      const decoder = tokenizer.decoder()
      expect(Array.from(expected, (id) => decoder.push(id)).join('') + decoder.end()).toBe(text)
    }
  }

  it("GPT-2's encoder.json and vocab.bpe give the expected ids and nanoGPT's token counts of Tiny Shakespeare", async () => {
    const file = (name: string) => readFileSync(join(folder, 'tokenizer-gpt2', 'gpt2', name), 'utf8')
    const merges = file('vocab.bpe').split('\n').slice(1).filter(Boolean)
    const tokenizer = bpe(byteLevelJson(JSON.parse(file('encoder.json')), merges))
    expect(tokenizer.vocabularySize).toBe(50_257)
    await checkFixture(tokenizer, 'gpt-2')
    const text = readFileSync('data/tinyshakespeare/input.txt', 'utf8')
    const border = Math.floor(text.length * 0.9)
    expect([tokenizer.encode(text.slice(0, border)).length, tokenizer.encode(text.slice(border)).length]).toEqual([
      301_966, 36_059,
    ])
  })

  it("GPT-2's two files are read as they lie, the end of a text as one token", async () => {
    const tokenizer = await loadPublished(join(folder, 'tokenizer-gpt2', 'gpt2', 'encoder.json'))
    await checkFixture(tokenizer, 'gpt-2')
    expect(Array.from(tokenizer.encode('Hello world<|endoftext|>'))).toEqual([15496, 995, 50256])
  })

  const Digits = { type: 'Digits', individual_digits: true }
  const hundreds = { type: 'Split', pattern: { Regex: '[0-9][0-9][0-9]' }, behavior: 'Isolated', invert: false }
  const splits = {
    starcoder: [Digits, byteLevel],
    falcon: [
      { type: 'Punctuation', behavior: 'Contiguous' },
      byteLevel,
      { ...Digits, individual_digits: false },
      hundreds,
    ],
  }
  it.each(Object.entries(splits))("%s's gives the expected ids", async (name, pretokenizers) => {
    const values = readGguf(fixture(name))
    const tokens = values.get('tokenizer.ggml.tokens') as string[]
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
    const json = byteLevelJson(vocab, values.get('tokenizer.ggml.merges') as string[])
    await checkFixture(bpe({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers } }), name)
  })

  it("BERT's, which lower-cases, gives the expected ids", () => {
    const tokens = readGguf(fixture('bert-bge')).get('tokenizer.ggml.tokens') as string[]
    const named = (token: string) =>
      token.startsWith('▁') ? token.slice(1) : token.startsWith('[') && token.endsWith(']') ? token : `##${token}`
    const tokenizer = bpe({
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(tokens.map((token, id) => [named(token), id])),
      },
    })
    for (const [text, expected] of cases('bert-bge')) expect(Array.from(tokenizer.encode(text)), text).toEqual(expected)
  })

  it('SentencePiece models give what its own documentation shows, and back', async () => {
    const at = (name: string) => join(folder, 'tokenizer-sentencepiece', name)
    const tokenizer = await loadPublished(at('test_model.model'))
    expect(Array.from(tokenizer.encode('This is a test'))).toEqual([284, 47, 11, 4, 15, 400])
    expect(Array.from(tokenizer.encode('Hello world'))).toEqual([151, 88, 21, 887])
    for (const line of readFileSync(at('botchan.txt'), 'utf8').split('\n').slice(1, 200)) {
      const plain = line.normalize('NFKC').trim().replaceAll(/ {2,}/g, ' ')
      const ids = tokenizer.encode(line)
      if (!ids.includes(0)) expect(tokenizer.decode(ids)).toBe(plain)
    }
    const japanese = await loadPublished(at('test_ja_model.model'))
    const sentence = '吾輩は猫である。名前はまだ無い。'
    expect(japanese.decode(japanese.encode(sentence))).toBe(sentence)
  })

  it("Phi-3's, of the SentencePiece kind, gives the expected ids", async () => {
    const values = readGguf(fixture('phi-3'))
    const tokens = values.get('tokenizer.ggml.tokens') as string[]
    const scores = values.get('tokenizer.ggml.scores') as number[]
    const types = values.get('tokenizer.ggml.token_type') as number[]
    const ranked = tokens
      .map((token, id) => ({ token, score: scores[id], type: types[id] }))
      .filter(({ type }) => type === 1)
      .sort((a, b) => b.score - a.score)
      .map(({ token }) => token)
    await checkFixture(bpe(sentencePieceJson(tokens, ranked)), 'phi-3')
  })
})
