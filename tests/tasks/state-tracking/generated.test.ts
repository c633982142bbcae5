import { describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import type { ExampleTask, Part } from '#seqlab/tasks/index.js'
import { counting } from '#seqlab/tasks/state-tracking/counting.js'
import { dyck } from '#seqlab/tasks/state-tracking/dyck.js'
import { inContextLanguage } from '#seqlab/tasks/state-tracking/in-context-language.js'
import { stateTrackingTasks } from '#seqlab/tasks/state-tracking/index.js'
import { modularArithmetic } from '#seqlab/tasks/state-tracking/modular-arithmetic.js'
import { parity } from '#seqlab/tasks/state-tracking/parity.js'
import { permutationComposition } from '#seqlab/tasks/state-tracking/permutation-composition.js'
import { askedOf, examples, inputsOf, open, tally } from './harness.js'
import {
  composition,
  expressionValue,
  lastParity,
  occurrences,
  partners,
  prefixParity,
  type Solver,
} from './solvers.js'

interface Subject {
  readonly task: ExampleTask
  readonly settings: object
  readonly solve: Solver
  readonly shown: { readonly input: RegExp; readonly answer: RegExp }
}

const bits = /^[01]( [01])*$/
const subjects: Record<string, Subject> = {
  parity: { task: parity, settings: { length: 24 }, solve: lastParity, shown: { input: bits, answer: /^[01]$/ } },
  'parity at every bit': {
    task: parity,
    settings: { length: 12, every: true },
    solve: prefixParity,
    shown: { input: bits, answer: bits },
  },
  'modular arithmetic': {
    task: modularArithmetic,
    settings: { length: 20 },
    solve: expressionValue(5),
    shown: { input: /^[0-4]( [+*-] [0-4])* =$/, answer: /^[0-4]$/ },
  },
  'modular arithmetic without products': {
    task: modularArithmetic,
    settings: { length: 10, modulus: 3, multiply: false },
    solve: expressionValue(3),
    shown: { input: /^[0-2]( [+-] [0-2])* =$/, answer: /^[0-2]$/ },
  },
  'modular arithmetic with brackets': {
    task: modularArithmetic,
    settings: { length: 21, modulus: 4, brackets: true },
    solve: expressionValue(4),
    shown: { input: /^[(](?: [()+*\-0-3])+ =$/, answer: /^[0-3]$/ },
  },
  'composition in S5': {
    task: permutationComposition,
    settings: { length: 16 },
    solve: composition(5),
    shown: { input: /^[1-5]{5}( [1-5]{5}){15}$/, answer: /^[1-5]{5}( [1-5]{5}){15}$/ },
  },
  'composition in S3 of swaps': {
    task: permutationComposition,
    settings: { degree: 3, generators: 'swaps', length: 10 },
    solve: composition(3),
    shown: { input: /^(123|213|132|321)( (123|213|132|321)){9}$/, answer: /^[1-3]{3}( [1-3]{3}){9}$/ },
  },
  'Dyck-4': {
    task: dyck,
    settings: { kinds: 4, depth: 3, length: 20 },
    solve: partners(4),
    shown: { input: /^\(\d( \(\d| \d\))+$/, answer: /^\d\)( \d\)| ·)*$/ },
  },
  counting: {
    task: counting,
    settings: { symbols: 3, modulus: 4, length: 20 },
    solve: occurrences(3, 4),
    shown: { input: /^[a-c]( [a-c]){19}$/, answer: /^[0-3]( [0-3]){19}$/ },
  },
  'in-context language': {
    task: inContextLanguage,
    settings: { alphabet: 6, strings: 5, symbols: 8 },
    // The next symbol of a string is its answer; the one after the last input is not among the inputs.
    solve: (inputs) => new Map([...inputs.entries()].slice(1).flatMap(([t, id]) => (id === 6 ? [] : [[t - 1, id]]))),
    shown: { input: /^\|( [a-f]| \|)*$/, answer: /^[a-f]( [a-f]| ·)*$/ },
  },
}
const parts: readonly Part[] = ['train', 'validation', 'test']

describe.each(Object.entries(subjects))('examples of %s', (name, { task, settings, solve, shown }) => {
  const drawn = async (part: Part, count: number, stream = 0) =>
    examples(await open(task, settings), part, count, stream)

  it('have the answers that a solver finds in the inputs, and where it finds them', async () => {
    for (const part of parts)
      for (const example of await drawn(part, 200)) {
        const asked = askedOf(example)
        const last = example.inputs.length - 1
        if (name === 'in-context language') asked.delete(last)
        expect(asked).toEqual(solve([...example.inputs]))
      }
  })

  it('keep to the bounds that their source states, which are met, and are 0 where nothing is asked', async () => {
    const source = await open(task, settings)
    const all = parts.flatMap((part) => examples(source, part, 400))
    const sum = (weights: Float32Array) => weights.reduce((a, b) => a + b, 0)
    for (const { inputs, targets, weights } of all) {
      expect([inputs.length, targets.length]).toEqual([weights.length, weights.length])
      expect(sum(weights)).toBeGreaterThan(0)
      expect(weights.every((weight, t) => weight === 1 || (weight === 0 && targets[t] === 0))).toBe(true)
      const vocabulary = source.input.kind === 'tokens' ? source.input.vocabulary : 0
      expect([...inputs, ...targets].every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary)).toBe(true)
    }
    const longest = Math.max(...all.map(({ inputs }) => inputs.length))
    const most = Math.max(...all.map(({ weights }) => sum(weights)))
    expect([longest <= source.length, most <= source.answers]).toEqual([true, true])
    if (name !== 'in-context language') expect([longest, most]).toEqual([source.length, source.answers])
    expect(source.size('train')).toBe(Number.POSITIVE_INFINITY)
  })

  it('are the same for the same part, index and stream, and others for others', async () => {
    const first = (await drawn('train', 50)).map(inputsOf)
    expect((await drawn('train', 50)).map(inputsOf)).toEqual(first)
    expect((await drawn('train', 50, 1)).map(inputsOf)).not.toEqual(first)
    expect((await drawn('validation', 50)).map(inputsOf)).not.toEqual(first)
    expect(new Set(first).size).toBeGreaterThan(25)
  })

  it('of one part are in no other', async () => {
    const [train, validation, test] = await Promise.all(
      parts.map(async (part) => new Set((await drawn(part, 800)).map(inputsOf))),
    )
    expect([...train].filter((key) => validation.has(key) || test.has(key))).toEqual([])
    expect([...validation].filter((key) => test.has(key))).toEqual([])
  })

  it('are shown in words', async () => {
    const source = await open(task, settings)
    for (const example of examples(source, 'test', 20)) {
      const { input, answer } = source.show(example)
      expect(input).toMatch(shown.input)
      expect(answer).toMatch(shown.answer)
    }
  })
})

describe.each(Object.entries(subjects).filter(([, { task }]) => task.metric !== 'loss'))(
  'answers of %s',
  (_, { task, settings }) => {
    // Seeds: streams 1 (to learn from) and 0 (to be judged by). 3,000 answers or more: four standard deviations are 0.037.
    it('are right at chance, within 0.04, for the likeliest answer of each position', async () => {
      const source = await open(task, settings)
      const seen = new Map<number, number[]>()
      for (const example of examples(source, 'test', 3000, 1))
        for (const [t, answer] of askedOf(example)) {
          if (!seen.has(t)) seen.set(t, [])
          seen.get(t)?.push(answer)
        }
      const guesses = new Map([...seen].map(([t, answers]) => [t, likeliest(answers)]))
      let right = 0
      let asked = 0
      for (const example of examples(source, 'test', 3000))
        for (const [t, answer] of askedOf(example)) {
          asked++
          if (guesses.get(t) === answer) right++
        }
      expect(Math.abs(right / asked - source.chance), `${right / asked} for ${source.chance}`).toBeLessThan(0.04)
    })
  },
)

const likeliest = (answers: readonly number[]) => [...tally(answers)].sort(([, a], [, b]) => b - a)[0][0]

describe('parts of a space so small that they share it out', () => {
  it.each<[string, ExampleTask, object]>([
    ['parity of 7 bits', parity, { length: 7, minLength: 7 }],
    ['two numbers modulo 5', modularArithmetic, { length: 4 }],
    ['three permutations of S3', permutationComposition, { degree: 3, length: 3 }],
    ['Dyck-2 of 8 brackets', dyck, { kinds: 2, length: 8 }],
    ['counting 6 symbols', counting, { symbols: 2, length: 6 }],
  ])('are disjoint for %s, though hardly anything is left out', async (_, task, settings) => {
    const source = await open(task, settings)
    const sets = parts.map((part) => new Set(examples(source, part, 1500).map(inputsOf)))
    const sizes = sets.map((set) => set.size)
    expect(new Set(sets.flatMap((set) => [...set])).size).toBe(sizes.reduce((a, b) => a + b))
    expect(Math.min(...sizes)).toBeGreaterThan(0)
    expect(sizes[0]).toBeGreaterThan(sizes[1] + sizes[2])
  })
})

describe('impossible settings', () => {
  it.each<[string, ExampleTask, object, string]>([
    [
      'more bits at least than at most',
      parity,
      { length: 10, minLength: 11 },
      'minLength must be at most length (10), got 11',
    ],
    ['a single bit, which some part must lack', parity, { length: 1, minLength: 1 }, 'draws gave no example for the'],
    ['an odd length without brackets', modularArithmetic, { length: 41 }, 'length must be even without brackets'],
    ['an odd least length', modularArithmetic, { minLength: 3 }, 'minLength must be even without brackets'],
    [
      'an odd number of brackets',
      dyck,
      { length: 9 },
      'length must be even, as brackets come in pairs, got 9 – use 10',
    ],
  ])('are refused: %s', async (_, task, settings, message) => {
    const used = open(task, settings).then((source) => parts.map((part) => source.example(part, 0)))
    await expect(used).rejects.toThrow(message)
    await expect(used).rejects.toBeInstanceOf(UserError)
  })

  it.each<[string, ExampleTask, object]>([
    ['no bits', parity, { length: 0 }],
    ['half a bit', parity, { length: 2.5 }],
    ['a setting that does not exist', parity, { bits: 3 }],
    ['modulus 1', modularArithmetic, { modulus: 1 }],
    ['S6', permutationComposition, { degree: 6 }],
    ['unknown generators', permutationComposition, { generators: 'cycles' }],
    ['one kind of bracket', dyck, { kinds: 1 }],
    ['no nesting', dyck, { depth: 1 }],
    ['one symbol', counting, { symbols: 1 }],
    ['more edges than other nodes', inContextLanguage, { edges: 4 }],
  ])('are refused by the schema: %s', (_, task, settings) => {
    expect(task.config.safeParse(settings).success).toBe(false)
  })
})

describe('the tasks of the group', () => {
  it('have ids of their own, and settings that all have a default and a description', () => {
    expect(new Set(stateTrackingTasks.map(({ id }) => id)).size).toBe(8)
    for (const { id, group, config, title, shows, source } of stateTrackingTasks) {
      expect([group, id]).toEqual(['state-tracking', expect.stringMatching(/^[a-z]+(-[a-z]+)*$/)])
      for (const text of [title, shows, source.title, source.authors]) expect(text).not.toBe('')
      expect(config.safeParse({}).success, id).toBe(true)
      const { shape } = config as unknown as { shape: Record<string, { description?: string }> }
      for (const [name, setting] of Object.entries(shape)) expect(setting.description, `${id}:${name}`).toBeTruthy()
    }
  })

  it('that can be made harder keep their vocabulary and give examples at every difficulty', async () => {
    const harder = stateTrackingTasks.flatMap((task) => (task.kind === 'examples' && task.difficulty ? [task] : []))
    expect(new Set(harder)).toEqual(new Set(Object.values(subjects).map(({ task }) => task)))
    for (const task of harder) {
      const { setting, values } = task.difficulty ?? { setting: '', values: [] }
      expect(values).toEqual([...values].sort((a, b) => a - b))
      const easiest = await open(task)
      for (const value of values) {
        const source = await open(task, { [setting]: value })
        expect(source.input).toEqual(easiest.input)
        const example = source.example('test', 0)
        expect(example.inputs.length).toBeLessThanOrEqual(source.length)
        if (setting === 'length') expect(example.inputs.length).toBe(value)
      }
    }
  })
})
