/** What every task of drawn examples must hold to, whatever it asks. */
import { describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import type { Example, ExampleSource, ExampleTask, Metric, Part } from '#seqlab/tasks/task.js'

type Settings = Record<string, unknown>

const noCorpora = { path: () => Promise.reject(new Error('no corpus is needed')) }
const parts: readonly Part[] = ['train', 'validation', 'test']

export const opened = (task: ExampleTask, settings: Settings = {}): Promise<ExampleSource> =>
  task.open(task.config.parse(settings), noCorpora)

/** The first examples of a part's stream; the stream is the seed. */
export const drawn = (source: ExampleSource, part: Part, count: number, stream = 1): Example[] =>
  Array.from({ length: count }, (_, index) => source.example(part, index, stream))

/** Positions that count. */
export const asked = ({ weights }: Example): number[] =>
  [...weights.keys()].filter((position) => weights[position] === 1)

export const answersOf = (example: Example): number[] => asked(example).map((position) => example.targets[position])

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** How many standard errors the mean of these lies from 0. */
export function deviations(values: readonly number[]): number {
  const middle = mean(values)
  return middle / Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length)
}

/** Scores on `test` the guess that suits `train` best and looks at no input. */
function blindScore(metric: Metric, train: readonly number[], test: readonly number[]): number {
  if (metric === 'squaredError') {
    const guess = mean(train)
    return mean(test.map((answer) => (answer - guess) ** 2))
  }
  const share = (label: number) => train.filter((answer) => answer === label).length / train.length
  const shares = new Map([...new Set(train)].map((label) => [label, share(label)]))
  if (metric === 'loss') return mean(test.map((answer) => -Math.log(shares.get(answer) ?? 0)))
  const [guess] = [...shares].sort(([, a], [, b]) => b - a)[0]
  return mean(test.map((answer) => (answer === guess ? 1 : 0)))
}

const keyOf = ({ inputs }: Example) => inputs.join()

export interface Obligations {
  readonly task: ExampleTask
  /** Settings to hold it to, beside the defaults. */
  readonly variants: readonly Settings[]
  /** Settings that do not fit each other, with what the message says. */
  readonly refused: readonly (readonly [settings: Settings, message: RegExp])[]
  /** Settings out of their range. */
  readonly outOfRange: readonly Settings[]
  /** How far from chance the blind guess may score on 1000 examples, as a share of chance. */
  readonly blindTolerance: number
}

export function holdsContract({ task, variants, refused, outOfRange, blindTolerance }: Obligations): void {
  describe.each([{}, ...variants].map((settings) => ({ settings, name: JSON.stringify(settings) })))(
    `${task.id} with $name`,
    ({ settings }) => {
      it('draws examples of the declared form', async () => {
        const source = await opened(task, settings)
        const { input, output, length, answers } = source
        const width = input.kind === 'vectors' ? input.width : 1
        for (const example of parts.flatMap((part) => drawn(source, part, 20))) {
          expect(example.inputs).toHaveLength(length * width)
          expect(example.targets).toHaveLength(length)
          expect(example.weights).toHaveLength(length)
          expect(asked(example)).toHaveLength(answers)
          expect(example.weights.filter((weight) => weight === 0)).toHaveLength(length - answers)
          expect(example.targets.filter((target, i) => target !== 0 && example.weights[i] === 0)).toHaveLength(0)
          if (output.kind === 'values') expect(output.outputs).toBe(1)
          const tokens = input.kind === 'tokens' ? [...example.inputs, ...answersOf(example)] : []
          const vocabulary = input.kind === 'tokens' ? input.vocabulary : 0
          expect(tokens.filter((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary))).toEqual([])
          const values = [...example.inputs, ...example.targets]
          expect(values.every(Number.isFinite)).toBe(true)
        }
      })

      it('gives the same example for the same place, and others elsewhere', async () => {
        const [one, other] = [await opened(task, settings), await opened(task, settings)]
        for (const part of parts) expect(drawn(one, part, 5, 3)).toEqual(drawn(other, part, 5, 3))
        expect(one.example('train', 4, 3)).toEqual(drawn(one, 'train', 5, 3)[4])
        const places = [one.example('train', 0, 1), one.example('train', 1, 1), one.example('train', 0, 2)]
        expect(new Set(places.map(keyOf)).size).toBe(3)
      })

      it('keeps the inputs of the parts apart', async () => {
        const source = await opened(task, settings)
        const [train, validation, test] = parts.map((part) => new Set(drawn(source, part, 200).map(keyOf)))
        expect([...test, ...validation].filter((key) => train.has(key))).toEqual([])
        expect([...test].filter((key) => validation.has(key))).toEqual([])
      })

      it(`scores a guess that sees no input at chance, within ${Math.round(100 * blindTolerance)} % (stream 1)`, async () => {
        const source = await opened(task, settings)
        const [train, test] = [drawn(source, 'train', 1000), drawn(source, 'test', 1000)]
        const score = blindScore(task.metric, train.flatMap(answersOf), test.flatMap(answersOf))
        expect(Math.abs(score / source.chance - 1)).toBeLessThan(blindTolerance)
      })

      it('shows its examples in printable words', async () => {
        const source = await opened(task, settings)
        const { input, answer } = source.show(source.example('test', 0))
        for (const text of [input, answer]) expect(text).toMatch(/^[\P{C}\n]+$/u)
        expect(`${input}${answer}`).not.toMatch(/undefined|NaN|\[object/)
      })

      it('bounds the error of every answer by no more than chance on average', async () => {
        const { bound, answers, chance, example } = await opened(task, settings)
        if (!bound) return
        const bounds = Array.from({ length: 400 }, (_, index) => bound(example('test', index)))
        for (const values of bounds) {
          expect(values).toHaveLength(answers)
          expect(values.every((value) => value >= 0)).toBe(true)
        }
        expect(mean(bounds.map((values) => mean([...values])))).toBeLessThan(chance * (1 + blindTolerance))
      })
    },
  )

  describe(task.id, () => {
    it('describes every setting and gives it a default', () => {
      const shape = Object.entries((task.config as unknown as { shape: Record<string, Setting> }).shape)
      expect(shape.length).toBeGreaterThan(0)
      for (const [name, setting] of shape) {
        expect(setting.description, name).toBeTruthy()
        expect(setting.safeParse(undefined).success, name).toBe(true)
      }
      expect(() => task.config.parse({ unheardOf: 1 })).toThrow()
    })

    it('opens at every difficulty with one form of input', async () => {
      const { setting, values } = task.difficulty ?? { setting: '', values: [] }
      expect(values.length).toBeGreaterThan(1)
      const sources = await Promise.all(values.map((value) => opened(task, { [setting]: value })))
      expect(new Set(sources.map(({ input }) => JSON.stringify(input))).size).toBe(1)
      for (const source of sources) expect(source.example('test', 0).weights).toHaveLength(source.length)
    })

    it.each(refused.map(([settings, message]) => ({ settings, message, name: JSON.stringify(settings) })))(
      'refuses $name in words',
      async ({ settings, message }) => {
        const attempt = opened(task, settings)
        await expect(attempt).rejects.toBeInstanceOf(UserError)
        await expect(attempt).rejects.toThrow(message)
      },
    )

    it.each(outOfRange.map((settings) => ({ settings, name: JSON.stringify(settings) })))(
      'refuses $name as out of range',
      ({ settings }) => expect(task.config.safeParse(settings).success).toBe(false),
    )
  })
}

interface Setting {
  readonly description?: string
  safeParse(value: unknown): { readonly success: boolean }
}
