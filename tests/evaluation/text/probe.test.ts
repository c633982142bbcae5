/** What a probe makes of answers: made ones with known scores, and those of models that cannot know. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteTokenizer, fitCharacters, fitWords, randomBits, type Tokenizer } from '#seqlab/data/index.js'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { runProbe } from '#seqlab/evaluation/text/probe.js'
import { modelScorer, type Question } from '#seqlab/evaluation/text/scorer.js'
import '#seqlab/index.js'
import type { ProbeItem } from '#seqlab/tasks/task.js'
import { smallModel } from '../../inference/models.js'
import { seeded } from '../../training/seeded.js'

const bytes = byteTokenizer()
const item = (group: string, context: string, ...choices: string[]): ProbeItem => ({ group, context, choices })

/** A scorer that gives each continuation, as text, the same loss and hit at every token. */
function scripted(
  judge: (context: string, continuation: string) => { loss: number; hit: number },
  tokenizer: Tokenizer,
) {
  return {
    async score(questions: readonly Question[]) {
      return questions.map(({ context, continuation }) => {
        const { loss, hit } = judge(tokenizer.decode(context), tokenizer.decode(continuation))
        return {
          losses: new Float32Array(continuation.length).fill(loss),
          hits: new Float32Array(continuation.length).fill(hit),
        }
      })
    },
  }
}

async function* once(text: string) {
  yield new TextEncoder().encode(text)
}

describe('a probe', () => {
  it('gives the first of several choices its due when it is likeliest in all, by group', async () => {
    const scorer = scripted((_, text) => ({ loss: text.startsWith('good') ? 1 : 2, hit: 0 }), bytes)
    const items = [
      item('a', '', 'good', 'evil'),
      item('a', '', 'evil', 'good'),
      // 9 tokens of 1 nat against 4 of 2: likelier token by token, not in all.
      item('b', '', 'good good', 'evil'),
    ]
    const result = await runProbe(scorer, bytes, { items, chance: 0.5 })
    expect(result).toMatchObject({ chance: 0.5, items: 3, unknown: 0, score: { mean: 1 / 3 } })
    expect(result.groups).toMatchObject([
      { group: 'a', items: 2, score: { mean: 0.5 } },
      { group: 'b', items: 1, score: { mean: 0 } },
    ])
    expect(result.loss).toBeCloseTo((4 + 8 + 9) / 3, 12)
    // Wilson 1927 for 1 of 3.
    expect(result.score.low).toBeCloseTo(0.06149, 4)
    expect(result.score.high).toBeCloseTo(0.79234, 4)
  })

  it('reads each choice after its context, or after the end of a line', async () => {
    const read: string[] = []
    const scorer = scripted((context, text) => {
      read.push(`${context}|${text}`)
      return { loss: 1, hit: 1 }
    }, bytes)
    await runProbe(scorer, bytes, { items: [item('a', 'once upon', ' a'), item('a', '', 'b')], chance: 0 })
    expect(read).toEqual(['once upon| a', '\n|b'])
  })

  it('with one choice wants each of its tokens the likeliest', async () => {
    const scorer = {
      score: async (questions: readonly Question[]) =>
        questions.map(({ continuation }) => ({
          losses: new Float32Array(continuation.length),
          hits: Float32Array.from(continuation, (id) => (id === 0x78 ? 0 : 1)),
        })),
    }
    const items = [item('a', 'c', ' bed'), item('a', 'c', ' box')]
    expect((await runProbe(scorer, bytes, { items, chance: 0 })).score.mean).toBe(0.5)
  })

  it('takes a tie as a guess', async () => {
    const scorer = scripted(() => ({ loss: 0.1, hit: 0 }), bytes)
    const items = [item('a', '', 'one', 'two'), item('a', '', 'six', 'ten', 'but')]
    expect((await runProbe(scorer, bytes, { items, chance: 0.5 })).score.mean).toBeCloseTo((1 / 2 + 1 / 3) / 2, 12)
  })

  it('never counts an unknown word as guessed, and says how many there were', async () => {
    const words = await fitWords(once('the cat sat\n'))
    const scorer = scripted(() => ({ loss: 1, hit: 1 }), words)
    const items = [item('a', 'the', ' cat'), item('a', 'the', ' dog')]
    expect(await runProbe(scorer, words, { items, chance: 0 })).toMatchObject({ unknown: 1, score: { mean: 0.5 } })
  })

  it('guesses where the tokenizer cannot read a choice at all', async () => {
    const characters = await fitCharacters(once('the cat sat\n'))
    const scorer = scripted(() => ({ loss: 1, hit: 1 }), characters)
    const items = [item('a', 'the', ' cat', ' Zoë'), item('a', 'the', ' Zoë')]
    expect(await runProbe(scorer, characters, { items, chance: 0.5 })).toMatchObject({
      unknown: 2,
      score: { mean: 0.25 },
    })
  })

  it('asks no more than its limit, spread over all groups', async () => {
    const scorer = scripted(() => ({ loss: 1, hit: 1 }), bytes)
    const items = Array.from({ length: 1000 }, (_, i) => item(`group ${Math.floor(i / 100)}`, 'a', 'b'))
    const progress: number[] = []
    const { groups } = await runProbe(
      scorer,
      bytes,
      { items, chance: 0 },
      { limit: 130, onProgress: (done) => progress.push(done) },
    )
    expect(groups.map((group) => group.items)).toEqual(new Array(10).fill(13))
    expect(progress).toEqual([64, 128, 130])
    await expect(runProbe(scorer, bytes, { items, chance: 0 }, { limit: 0 })).rejects.toMatchObject({
      name: 'UserError',
    })
  })
})

/** Pairs of the same letters in two orders, neither of which is the right one for any reason. */
function senselessPairs(count: number): ProbeItem[] {
  const random = seeded(3)
  const word = () => Array.from({ length: 3 + random(4) }, () => String.fromCharCode(97 + random(26))).join('')
  return Array.from({ length: count }, () => {
    const [a, b, c] = [word(), word(), word()]
    return item('order', '', `${a} ${b} ${c}`, `${b} ${c} ${a}`)
  })
}

describe('a model that cannot know', () => {
  let executor: Executor
  beforeAll(async () => {
    executor = await onnxExecutor({ threads: 1, worker: false })
  })
  afterAll(() => executor.close())

  it('is at chance in choices of two when it gives losses at random', async () => {
    const scorer = {
      score: async (questions: readonly Question[]) =>
        questions.map(({ continuation }) => ({
          losses: Float32Array.of(randomBits(1, ...continuation) / 2 ** 32),
          hits: Float32Array.of(0),
        })),
    }
    const { score } = await runProbe(scorer, bytes, { items: senselessPairs(1000), chance: 0.5 })
    expect(score.low).toBeLessThan(0.5)
    expect(score.high).toBeGreaterThan(0.5)
  })

  it('is at chance untrained, and guesses no last word', async () => {
    const model = smallModel('gla', { input: { kind: 'tokens', vocabulary: 256 } })
    const scorer = await modelScorer(model, model.initialParameters(1), executor)
    const pairs = await runProbe(scorer, bytes, { items: senselessPairs(400), chance: 0.5 })
    expect(pairs.score.low).toBeLessThan(0.5)
    expect(pairs.score.high).toBeGreaterThan(0.5)
    const passages = senselessPairs(100).map(({ choices: [text] }) => item('words', `${text}`, ' then'))
    const words = await runProbe(scorer, bytes, { items: passages, chance: 0 })
    expect(words.score.mean).toBe(0)
    expect(words.loss / 5).toBeGreaterThan(Math.log(256) - 1)
    await scorer.dispose()
  })
})
