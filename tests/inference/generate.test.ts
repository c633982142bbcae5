import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteTokenizer, type Tokenizer } from '#seqlab/data/index.js'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import {
  collectStatistics,
  createDecoder,
  type Decoder,
  type GenerationOptions,
  generate,
  type TokenListener,
} from '#seqlab/inference/index.js'
import { createModel, type Model, preset } from '#seqlab/models/index.js'

const bytes = byteTokenizer()

/** A decoder that is certain of `text`, byte after byte, whatever it reads; then of spaces. */
function reciting(text: string | Uint8Array): Decoder & { readonly read: number[] } {
  const script = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const read: number[] = []
  let at = 0
  const next = () => new Float32Array(256).fill(-50).fill(50, script[at] ?? 32, (script[at++] ?? 32) + 1)
  return {
    model: undefined as unknown as Model,
    batch: 1,
    read,
    get position() {
      return read.length
    },
    async prefill(tokens) {
      read.push(...Array.from(tokens))
      return next()
    },
    async step(tokens) {
      read.push(tokens[0])
      return next()
    },
    lookAhead: async () => [],
    async reset() {
      read.length = 0
      at = 0
    },
    state: async () => ({}),
    bytes: async () => ({ used: 10 * read.length, allocated: 4096 }),
    dispose: async () => {},
  }
}

async function pieces(
  decoder: Decoder,
  options: GenerationOptions,
  prompt = 'x',
  tokenizer: Tokenizer = bytes,
): Promise<string[]> {
  const found: string[] = []
  for await (const piece of generate(decoder, tokenizer, prompt, options)) found.push(piece)
  return found
}

describe('generated text', () => {
  it('comes piece by piece and ends after the tokens asked for, each read once before the next', async () => {
    const decoder = reciting('abcdef')
    expect(await pieces(decoder, { tokens: 4 }, 'hi')).toEqual(['a', 'b', 'c', 'd'])
    expect(new TextDecoder().decode(Uint8Array.from(decoder.read))).toBe('hiabc')
  })

  it('holds back bytes until they make a character', async () => {
    const text = 'é – 😀 日本'
    const found = await pieces(reciting(text), { tokens: new TextEncoder().encode(text).length })
    expect(found).toEqual(['é', ' ', '–', ' ', '😀', ' ', '日', '本'])
  })

  it('marks bytes that make no character when the text ends within one', async () => {
    expect(await pieces(reciting('a日'), { tokens: 3 })).toEqual(['a', '\ufffd'])
    expect((await pieces(reciting(Uint8Array.of(97, 0xff, 98)), { tokens: 3 })).join('')).toBe('a\ufffdb')
  })

  it('ends before a stop string, whose bytes come one by one, and asks for no more tokens', async () => {
    const decoder = reciting('one –– two –– three')
    expect((await pieces(decoder, { tokens: 100, stop: ['three', '–– t'] })).join('')).toBe('one ')
    // Up to the token before the last one of the stop string: that one was drawn, never read.
    expect(decoder.read.length).toBe(1 + new TextEncoder().encode('one –– t').length - 1)
  })

  it('gives out the beginning of a stop string when the tokens end within it', async () => {
    expect((await pieces(reciting('one END'), { tokens: 6, stop: ['END'] })).join('')).toBe('one EN')
  })

  it('never breaks a character of random text (200 texts of seed 1)', async () => {
    const letters = ['a', 'ß', '–', '😀', '日', '\n']
    for (let round = 0; round < 200; round++) {
      const text = Array.from(
        { length: 12 },
        (_, i) => letters[(round * 7 + i * i * (round % 5)) % letters.length],
      ).join('')
      const found = await pieces(reciting(text), { tokens: new TextEncoder().encode(text).length, stop: ['😀日a'] })
      for (const piece of found) expect(piece).not.toMatch(/\p{Surrogate}/u)
      expect(found.join('')).toBe(text.split('😀日a')[0])
      expect(found).not.toContain('')
    }
  })

  it('refuses what is out of range in one line that names the option', async () => {
    const refusal = async (options: object, prompt = 'x') => {
      try {
        await pieces(reciting('abc'), options, prompt)
      } catch (error) {
        return `${(error as Error).name} ${(error as Error).message}`
      }
      return 'nothing'
    }
    expect(await refusal({ temperature: -1 })).toBe(
      'UserError generate.temperature: must be at least 0, got -1 – the default is 1',
    )
    expect(await refusal({ temperature: Number.NaN })).toContain('generate.temperature: must be a number, got NaN')
    expect(await refusal({ topK: 0 })).toBe('UserError generate.topK: must be at least 1, got 0')
    expect(await refusal({ topK: 1.5 })).toContain('generate.topK: must be a whole number, got 1.5')
    expect(await refusal({ topP: 0 })).toContain('generate.topP: must be above 0, got 0')
    expect(await refusal({ topP: 2 })).toContain('generate.topP: must be at most 1, got 2')
    expect(await refusal({ repetitionPenalty: 0 })).toContain('generate.repetitionPenalty: must be above 0, got 0')
    expect(await refusal({ repetitionWindow: -1 })).toContain('generate.repetitionWindow: must be at least 0, got -1')
    expect(await refusal({ seed: 0.5 })).toContain('generate.seed: must be a whole number, got 0.5')
    expect(await refusal({ tokens: 0 })).toContain('generate.tokens: must be at least 1, got 0')
    expect(await refusal({ tokens: 'many' })).toContain('generate.tokens: must be a number, got "many"')
    expect(await refusal({ stop: [''] })).toContain('generate.stop.0: must have at least 1 characters, got ""')
    expect(await refusal({ temprature: 1 })).toContain('temprature')
    expect(await refusal({}, '')).toContain('generate: the prompt must hold at least one token')
  })
})

describe('generation by a model', () => {
  let executor: Executor
  let decoder: Decoder
  beforeAll(async () => {
    executor = await onnxExecutor({ threads: 1, worker: false })
    const model = createModel({ ...preset('gla'), dim: 16, layers: 1, heads: 2 })
    decoder = await createDecoder(model, model.initialParameters(3), { executor })
  })
  afterAll(() => executor.close())

  it('gives the same text for the same seed, run after run, and another for another', async () => {
    const text = async (seed: number) => (await pieces(decoder, { tokens: 60, seed }, 'The ')).join('')
    const first = await text(1)
    expect(first.length).toBeGreaterThan(10)
    expect(await text(1)).toBe(first)
    expect(await text(2)).not.toBe(first)
  })

  it('depends on the prompt', async () => {
    const text = async (prompt: string) => (await pieces(decoder, { tokens: 30, temperature: 0 }, prompt)).join('')
    expect(await text('The ')).not.toBe(await text('Zebra'))
  })
})

describe('the statistics of a generation', () => {
  async function summaryOf(tokens: number, listener?: (own: TokenListener) => TokenListener) {
    const decoder = reciting('')
    const statistics = collectStatistics(decoder)
    const heard = listener?.(statistics.listener) ?? statistics.listener
    for await (const _ of generate(decoder, bytes, 'x', { tokens }, heard));
    return statistics.summary()
  }

  it('are medians over tokens 50 to 249 and over the last 200', async () => {
    // Token i takes i µs; the state grows by 10 bytes a token and is seen at every tenth.
    const timed =
      (own: TokenListener): TokenListener =>
      (token) =>
        own({ ...token, microseconds: token.index })
    const { tokens, microsecondsPerToken, stateBytes, allocatedBytes, rssMiB } = await summaryOf(1000, timed)
    expect(tokens).toBe(1000)
    expect(microsecondsPerToken).toEqual({ first: 149.5, last: 899.5 })
    expect(stateBytes).toEqual({ first: 10 * 146, last: 10 * 896 })
    expect(allocatedBytes).toEqual({ first: 4096, last: 4096 })
    expect(rssMiB?.first).toBeGreaterThan(10)
    expect(rssMiB?.last).toBeGreaterThan(10)
  })

  it('are medians over all tokens where there are few', async () => {
    const timed =
      (own: TokenListener): TokenListener =>
      (token) =>
        own({ ...token, microseconds: token.index })
    expect((await summaryOf(5, timed)).microsecondsPerToken).toEqual({ first: 2, last: 2 })
    expect((await summaryOf(51, timed)).microsecondsPerToken).toEqual({ first: 50, last: 25 })
    expect((await summaryOf(1)).stateBytes.first).toBeGreaterThan(0)
  })
})
