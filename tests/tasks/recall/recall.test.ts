import { describe, expect, it } from 'vitest'
import { recallTasks } from '#seqlab/tasks/recall/index.js'
import type { Example, Part } from '#seqlab/tasks/task.js'
import { answersOf, chiSquareDeviations, countsOf, drawn, openTask, type Settings, taskOf } from './helpers.js'
import { solvers } from './solvers.js'

interface Case {
  readonly id: string
  /** For the solver, beside the defaults. */
  readonly variants: readonly Settings[]
  /** Settings with few different examples: draws repeat. */
  readonly few: Settings
  /** Settings to guess at, and from how many tokens an answer is drawn there. */
  readonly guessing: Settings
  readonly alphabet: number
  readonly impossible: readonly (readonly [Settings, string])[]
}

const nouns = 124

const cases: readonly Case[] = [
  {
    id: 'mqar',
    variants: [
      { length: 512, pairs: 64 },
      { length: 4, pairs: 1, vocabulary: 16 },
      { length: 40, pairs: 10, power: 1 },
    ],
    few: { length: 8, pairs: 1, vocabulary: 32 },
    guessing: { length: 32, pairs: 3, vocabulary: 16 },
    alphabet: 8,
    impossible: [
      [
        { pairs: 17 },
        'mqar: pairs must be at most a quarter of length 64, got 17 – use 16 or fewer, or a length of 68',
      ],
      [{ vocabulary: 8 }, 'mqar: a vocabulary of 8 has 3 keys, got 4 pairs – use a vocabulary of 10 or more'],
      [{ length: 63 }, 'multiple of 2'],
      [{ power: 0 }, 'power'],
    ],
  },
  {
    id: 'in-context-recall',
    variants: [{ pairs: 1 }, { pairs: 300, keys: 4 }, { pairs: 8, keys: 1000, values: 2 }],
    few: { pairs: 3, keys: 3, values: 4 },
    guessing: { values: 7 },
    alphabet: 7,
    impossible: [
      [{ values: 1 }, 'values'],
      [{ pairs: 0 }, 'pairs'],
    ],
  },
  {
    id: 'induction-heads',
    variants: [{ length: 4 }, { length: 1000, vocabulary: 3 }],
    few: { length: 5, vocabulary: 8 },
    guessing: {},
    alphabet: 15,
    impossible: [
      [{ length: 2 }, 'length'],
      [{ vocabulary: 2 }, 'vocabulary'],
    ],
  },
  {
    id: 'copying',
    variants: [{ length: 2 }, { length: 100, alphabet: 2 }, { length: 20, varied: true }],
    few: { length: 3, alphabet: 8, varied: true },
    guessing: { length: 3, alphabet: 30 },
    alphabet: 30,
    impossible: [
      [{ length: 0 }, 'length'],
      [{ alphabet: 1 }, 'alphabet'],
    ],
  },
  {
    id: 'selective-copying',
    variants: [{ length: 16 }, { length: 1000, tokens: 3, vocabulary: 4 }],
    few: { length: 6, tokens: 2, vocabulary: 8 },
    guessing: { length: 32, tokens: 4 },
    alphabet: 14,
    impossible: [
      [
        { length: 8 },
        'selective-copying: tokens must be at most length 8, got 16 – use 8 or fewer, or a longer length',
      ],
      [{ vocabulary: 3 }, 'vocabulary'],
    ],
  },
  {
    id: 'passkey',
    variants: [{ depth: 0 }, { depth: 1, digits: 1 }, { length: 38 }, { length: 1001, digits: 50 }],
    few: { length: 100, digits: 2 },
    guessing: { length: 2048, digits: 1 },
    alphabet: 10,
    impossible: [
      [{ length: 36 }, 'passkey: length must be at least 37 for 5 digits and the question, got 36 – use a longer one'],
      [{ depth: 1.5 }, 'depth'],
      [{ depth: 'middle' }, 'depth'],
    ],
  },
  {
    id: 'needle',
    variants: [
      { length: 49 },
      { length: 1003, needles: 40, questions: 20 },
      { length: 64, needles: 1, questions: 1, values: 2 },
    ],
    few: { length: 16, needles: 1, questions: 1 },
    guessing: { length: 100, values: 8 },
    alphabet: 8,
    impossible: [
      [{ questions: 5 }, 'needle: questions must be at most needles 4, got 5 – ask for fewer, or hide more needles'],
      [{ length: 48 }, 'needle: length must be at least 49 for 4 needles and 2 questions, got 48 – use a longer one'],
      [{ needles: nouns + 1 }, 'needles'],
    ],
  },
  {
    id: 'list-retrieval',
    variants: [{ nouns: 2, filler: 0 }, { nouns }, { filler: 100 }],
    few: { nouns: 2, filler: 0 },
    guessing: {},
    alphabet: nouns,
    impossible: [
      [{ nouns: 1 }, 'nouns'],
      [{ nouns: nouns + 1 }, 'nouns'],
    ],
  },
]

const parts: readonly Part[] = ['train', 'validation', 'test']
const text = ({ inputs }: Example) => inputs.join(' ')

describe('the group', () => {
  it('has a case for every task', () => {
    expect(cases.map(({ id }) => id).sort()).toEqual(recallTasks.map(({ id }) => id).sort())
  })
})

describe.each(cases)('$id', ({ id, variants, few, guessing, alphabet, impossible }) => {
  const task = taskOf(id)

  it.each([{}, ...variants])(
    'has the answers that a solver finds in the inputs alone (%j, stream 3)',
    async (settings) => {
      const source = await openTask(id, settings)
      if (source.input.kind !== 'tokens') throw new Error('not a task on tokens')
      const config = task.config.parse(settings)
      let most = 0
      for (const example of parts.flatMap((part) => drawn(source, part, 40, 3))) {
        const { inputs, targets, weights } = example
        const words = source.show({ inputs, targets, weights: new Float32Array(inputs.length) }).input.split(' ')
        const answers = answersOf(example)
        expect(answers).toEqual(solvers[id](Array.from(inputs), config, words))
        expect(new Set(weights)).toEqual(new Set([...(answers.length < inputs.length ? [0] : []), 1]))
        expect(targets.filter((target, at) => target !== 0 && weights[at] === 0).length).toBe(0)
        expect([targets.length, weights.length]).toEqual([inputs.length, inputs.length])
        expect(inputs.length).toBeLessThanOrEqual(source.length)
        const { vocabulary } = source.input
        expect([...inputs, ...targets].filter((token) => token < 0 || token >= vocabulary)).toEqual([])
        most = Math.max(most, answers.length)
      }
      expect(most).toBe(source.answers)
      expect(source.example('test', 0, 3).inputs.length).toBe(source.length)
    },
  )

  it('never shares an example between parts, though draws repeat (1,500 of each part)', async () => {
    const source = await openTask(id, few)
    const [train, validation, test] = parts.map((part) => drawn(source, part, 1500).map(text))
    expect(new Set(train).size).toBeLessThan(1500)
    expect(new Set([...train, ...validation, ...test]).size).toBe(
      new Set(train).size + new Set(validation).size + new Set(test).size,
    )
  })

  it('draws the same example for the same place, and others elsewhere', async () => {
    const [one, other] = [await openTask(id), await openTask(id)]
    const places = parts.flatMap((part) => [0, 1].flatMap((stream) => [0, 1, 2].map((i) => [part, i, stream] as const)))
    const examples = places.map((place) => one.example(...place))
    expect(places.map((place) => other.example(...place)).reverse()).toEqual([...examples].reverse())
    expect(new Set(examples.map(text)).size).toBe(places.length)
    expect(one.size('test')).toBe(Number.POSITIVE_INFINITY)
  })

  it('scores the best guess that does not look at chance, within four deviations (streams 5 and 6)', async () => {
    const source = await openTask(id, guessing)
    const guess = commonest(drawn(source, 'train', 3000, 5))
    const examples = drawn(source, 'test', 1500, 6)
    const scores = examples.map((example) => {
      const right = answersOf(example).map(([, token], i) => Number(token === guess[i]))
      return task.metric === 'exact' ? Math.min(...right) : right.reduce((sum, one) => sum + one, 0) / right.length
    })
    const score = scores.reduce((sum, one) => sum + one, 0) / scores.length
    const independent = new Set(examples.map(text)).size * (task.metric === 'exact' ? 1 : source.answers)
    const { chance } = source
    expect(Math.abs(score - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / independent))
    expect(chance).toBeCloseTo(alphabet ** -(task.metric === 'exact' ? source.answers : 1), 12)
  })

  it('asks for each possible answer equally often (chi-square below 5 deviations, stream 7)', async () => {
    const source = await openTask(id, guessing)
    const answers = drawn(source, 'train', 4000, 7).flatMap((example) => answersOf(example).map(([, token]) => token))
    const tokens = [...new Set(answers)]
    expect(tokens.length).toBe(alphabet)
    const counts = countsOf(
      answers.map((token) => tokens.indexOf(token)),
      alphabet,
    )
    expect(chiSquareDeviations(counts)).toBeLessThan(5)
  })

  it.each(impossible)('refuses %j and says what would do', async (settings, message) => {
    await expect(openTask(id, settings)).rejects.toThrow(message)
    const parsed = task.config.safeParse(settings)
    if (parsed.success) await expect(openTask(id, settings)).rejects.toMatchObject({ name: 'UserError' })
  })

  it('becomes harder from value to value, with one vocabulary, so that one model can be tested at all', async () => {
    if (!task.difficulty) throw new Error('no difficulty')
    const { setting, values } = task.difficulty
    const sources = await Promise.all(values.map((value) => openTask(id, { [setting]: value })))
    for (const { input } of sources) expect(input).toEqual(sources[0].input)
    const lengths = sources.map(({ length }) => length)
    expect(lengths).toEqual([...new Set(lengths)].sort((a, b) => a - b))
  })

  it('describes each of its settings and gives it a default', () => {
    const defaults = task.config.parse({})
    const { properties } = task.config.toJSONSchema({ io: 'input' }) as { properties: Record<string, object> }
    expect(Object.keys(properties)).toEqual(Object.keys(defaults))
    for (const property of Object.values(properties)) {
      expect(property).toMatchObject({ description: expect.stringMatching(/\w{3}/) })
    }
  })

  it('shows a mark for each answer, and the answers apart', async () => {
    const source = await openTask(id)
    const example = source.example('train', 0)
    const { input, answer } = source.show(example)
    const marks = [...input.matchAll(/\[\?\](?: ×(\d+))?/g)].reduce((sum, [, times]) => sum + Number(times ?? 1), 0)
    expect(marks).toBe(source.answers)
    expect(answer.split(' ').length).toBe(source.answers)
    expect(`${input} ${answer}`).not.toMatch(/undefined|NaN/)
  })
})

/** For each answer in turn, the token that it most often is. */
function commonest(examples: readonly Example[]): number[] {
  const counts: Map<number, number>[] = []
  for (const example of examples) {
    for (const [i, [, token]] of answersOf(example).entries()) {
      counts[i] ??= new Map()
      counts[i].set(token, (counts[i].get(token) ?? 0) + 1)
    }
  }
  return counts.map((count) => [...count].sort((a, b) => b[1] - a[1])[0][0])
}
