/** What every task of the group must hold, at every setting of the table. */
import { describe, expect, it } from 'vitest'
import { reasoningTasks } from '#seqlab/tasks/reasoning/index.js'
import { asked, cases, nameOf, openCase, parts, stream, taskOf } from './cases.js'

const perPart = 40
const ids = (values: Int32Array | Float32Array) => Array.from(values)

describe.each(cases.map((one) => ({ name: nameOf(one), ...one })))('$name', ({ id, settings, answer }) => {
  it(`answers ${perPart} questions of each part as an independent solver does (stream ${stream})`, async () => {
    const source = await openCase(id, settings)
    for (const part of parts)
      for (let i = 0; i < perPart; i++) {
        const one = asked(source, part, i, stream)
        expect(one.answer, one.question).toBe(answer(one.question))
      }
  })

  it('asks for the answer word by word from the last word of the question on, within its bounds', async () => {
    const source = await openCase(id, settings)
    if (source.input.kind !== 'tokens') throw new Error('not tokens')
    const { vocabulary } = source.input
    let longest = 0
    for (let i = 0; i < 100; i++) {
      const { inputs, targets, weights } = source.example('train', i, stream)
      const first = weights.indexOf(1)
      const length = inputs.length
      expect(targets.length).toBe(length)
      expect(ids(weights)).toEqual(ids(weights).map((_, t) => (t < first ? 0 : 1)))
      expect(ids(targets.subarray(0, first)).every((target) => target === 0)).toBe(true)
      expect(ids(inputs.subarray(first + 1))).toEqual(ids(targets.subarray(first, -1)))
      expect([...inputs, ...targets].every((token) => token >= 0 && token < vocabulary)).toBe(true)
      expect(length).toBeLessThanOrEqual(source.length)
      expect(length - first).toBeLessThanOrEqual(source.answers)
      longest = Math.max(longest, length)
    }
    expect(longest).toBeGreaterThan(source.length / 2)
  })

  it('shares no inputs between parts', async () => {
    const source = await openCase(id, settings)
    const seen = new Map<string, string>()
    for (const part of parts)
      for (let i = 0; i < 100; i++) {
        const key = source.example(part, i, stream).inputs.join()
        expect(seen.get(key) ?? part).toBe(part)
        seen.set(key, part)
      }
  })

  it('draws the same example for the same part, place and stream, and others elsewhere', async () => {
    const [one, other] = [await openCase(id, settings), await openCase(id, settings)]
    const draws = (source: typeof one, ...from: [number] | []) =>
      Array.from({ length: 20 }, (_, i) => source.example('train', i, ...from).inputs.join())
    expect(draws(one)).toEqual(draws(other))
    expect(draws(one, 1)).not.toEqual(draws(one, 2))
    expect(new Set(draws(one)).size).toBeGreaterThan(5)
  })

  it('lets a guess that sees no question score at chance, give or take 4 standard errors and 0.01', async () => {
    const source = await openCase(id, settings)
    const count = 300
    const answers = (from: number) => Array.from({ length: count }, (_, i) => asked(source, 'train', i, from).answer)
    const counts = new Map<string, number>()
    for (const one of answers(1)) counts.set(one, (counts.get(one) ?? 0) + 1)
    const [guess] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most))
    const score = answers(2).filter((one) => one === guess).length / count
    // The training part of the smallest tasks is a few dozen questions: there the share of an answer is not that of all.
    const small = settings.digits === 1 ? 0.1 : 0
    expect(Math.abs(score - source.chance)).toBeLessThan(
      4 * Math.sqrt((source.chance * (1 - source.chance)) / count) + 0.01 + small,
    )
  })
})

describe('the tasks of the group', () => {
  it('have settings that are all described and have defaults', () => {
    for (const { id, config } of reasoningTasks) {
      const { shape } = config as unknown as { shape: Record<string, { description?: string }> }
      for (const [name, setting] of Object.entries(shape)) expect(setting.description, `${id}:${name}`).toBeTruthy()
      expect(() => config.parse({}), id).not.toThrow()
      expect(() => config.parse({ unknown: 1 }), id).toThrow()
    }
  })

  it.each(reasoningTasks.filter(({ difficulty }) => difficulty).map(({ id }) => id))(
    '%s keeps its words along its scale of difficulty, so that one model can be tested at all of it',
    async (id) => {
      const { setting, values } = taskOf(id).difficulty!
      const sources = await Promise.all(
        values.filter((value) => value <= 600).map((value) => openCase(id, { [setting]: value })),
      )
      expect(new Set(sources.map(({ input }) => JSON.stringify(input))).size).toBe(1)
      const lengths = sources.map(({ length }) => length)
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    },
  )

  it.each([
    ['listops', { minLength: 20, maxLength: 21, maxDepth: 2, maxArgs: 3 }, /hardly a tree.*bounds further apart/],
    ['listops', { minLength: 64, maxLength: 64 }, /hardly a tree/],
    ['listops', { minLength: 1, maxLength: 5, maxDepth: 4, maxArgs: 4 }, undefined],
    ['boolean-satisfiability', { variables: 3, literals: 4 }, /at most 3, got 4 – use fewer/],
    ['boolean-satisfiability', { variables: 10, ratio: 0.5 }, /none is unsatisfiable – use a larger ratio than 0.5/],
    ['natural-language-satisfiability', { variables: 10, ratio: 20 }, /none is satisfiable – use a smaller ratio/],
    ['causal-axioms', { axiom: 'd-separation', given: 0 }, /given must be at least 1 for structure chain, got 0/],
    ['causal-axioms', { axiom: 'd-separation', given: 0, structure: 'branching' }, /use given=1 or structure=flipped/],
  ] as const)('%s refuses %o where it cannot be done', async (id, settings, message) => {
    const opening = openCase(id, settings)
    if (!message) await expect(opening).resolves.toBeDefined()
    else await expect(opening).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(message) })
  })
})
