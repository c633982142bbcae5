import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Tokenizer, tokenizerFromJSON } from '#seqlab/data/index.js'
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
    execFileSync(join(shared as string, 'data', 'unpack'), [folder, 'tokenizer-gpt2', 'tokenizer-fixtures'])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const fixture = (name: string) => join(folder, 'tokenizer-fixtures', `ggml-vocab-${name}.gguf`)
  const bpe = (json: object) => tokenizerFromJSON({ kind: 'bpe', tokenizer: json })

  async function checkFixture(tokenizer: Tokenizer, name: string) {
    const inputs = readFileSync(`${fixture(name)}.inp`, 'utf8').split('\n__ggml_vocab_test__\n')
    const outputs = readFileSync(`${fixture(name)}.out`, 'utf8').split('\n')
    expect(inputs.length).toBeGreaterThan(40)
    for (const [i, text] of inputs.entries()) {
      const expected = outputs[i].trim().split(/\s+/).filter(Boolean).map(Number)
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
