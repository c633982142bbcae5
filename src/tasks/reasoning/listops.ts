/**
 * ListOps by the rules of Long Range Arena: nested lists of digits to be reduced to one digit, which is asked for at the
 * last position. Every node is an operator with probability 1/4, as long as the depth allows it, with 2 to `maxArgs`
 * arguments, and a digit otherwise; trees outside the bounds of length are drawn again. An operator is two words.
 *
 *   [MAX 4 [SM 9 9 X 1 X     8
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import type { Random } from '../random.js'
import { defineTask, type PublishedFigure } from '../task.js'
import { operatorProbability, operators, valueProbabilities } from './listops-values.js'
import { questions } from './questions.js'

const close = 'X'
const figures: readonly [model: string, percent: number][] = [
  ['Transformer', 36.37],
  ['Local attention', 15.82],
  ['Linear transformer', 16.13],
  ['Sparse transformer', 17.07],
  ['Performer', 18.01],
  ['Sinkhorn', 33.67],
  ['Longformer', 35.63],
  ['Linformer', 35.7],
  ['BigBird', 36.05],
  ['Synthesizer', 36.99],
  ['Reformer', 37.27],
]
const published = figures.map(
  ([model, percent]): PublishedFigure => ({
    model,
    setting: 'minLength=500:maxLength=2000',
    metric: 'accuracy',
    value: percent / 100,
    from: 'README of google-research/long-range-arena',
    warning: 'bidirectional encoders, 96,000 fixed training trees, 5,000 steps',
  }),
)

export const listops = defineTask({
  kind: 'examples',
  id: 'listops',
  group: 'reasoning',
  title: 'ListOps',
  shows: 'Whether a model follows a hierarchy: what a digit does depends on all operators around it.',
  source: {
    title: 'Long Range Arena: A Benchmark for Efficient Transformers',
    authors: 'Tay, Dehghani, Abnar, Shen, Bahri, Pham, Rao, Yang, Ruder, Metzler',
    year: 2020,
    arxiv: '2011.04006',
    note: 'Its rules and, with minLength=500:maxLength=2000, its lengths; drawn without end in place of 96,000 trees. The defaults are short enough for a processor.',
  },
  config: z.strictObject({
    minLength: z.int().min(0).max(4000).default(8).describe('trees have more words than this'),
    maxLength: z.int().min(5).max(4001).default(64).describe('trees have fewer words than this'),
    maxDepth: z.int().min(2).max(20).default(10).describe('levels of a tree, the root and the digits included'),
    maxArgs: z.int().min(2).max(10).default(10).describe('most arguments of an operator'),
  }),
  difficulty: { setting: 'maxLength', values: [16, 32, 64, 128, 256, 512, 1024, 2000] },
  published,
  metric: 'accuracy',
  async open({ minLength, maxLength, maxDepth, maxArgs }) {
    const values = valueProbabilities({ minLength, maxLength, maxDepth, maxArgs })
    const kept = values.reduce((sum, value) => sum + value, 0)
    if (!(kept > 1e-4))
      throw new UserError(
        `task listops: hardly a tree of depth ${maxDepth} with up to ${maxArgs} arguments has more than ${minLength} and fewer than ${maxLength} words – use bounds further apart, or other depths or arguments`,
      )
    return questions({
      task: 'listops',
      vocabulary: [...'0123456789', ...operators.map((operator) => `[${operator}`), close],
      most: { question: maxLength - 1, answer: 1 },
      chance: Math.max(...values) / kept,
      space: ' ',
      draw(random) {
        for (;;) {
          const question: string[] = []
          const value = grow(random, question, { maxLength, maxDepth, maxArgs })
          if (question.length > minLength && question.length < maxLength) return { question, answer: [String(value)] }
        }
      },
    })
  },
})

interface Bounds {
  readonly maxLength: number
  readonly maxDepth: number
  readonly maxArgs: number
}

/** Adds a tree to the words and returns its value; trees that are too long already are not finished. */
function grow(random: Random, words: string[], { maxLength, maxDepth, maxArgs }: Bounds): number {
  if (maxDepth === 1 || !random.chance(operatorProbability)) {
    const digit = random.below(10)
    words.push(String(digit))
    return digit
  }
  const operator = random.pick(operators)
  words.push(`[${operator}`)
  const values: number[] = []
  for (let left = random.between(2, maxArgs); left > 0 && words.length < maxLength; left--)
    values.push(grow(random, words, { maxLength, maxDepth: maxDepth - 1, maxArgs }))
  words.push(close)
  return reduced[operator](values)
}

const reduced: Record<(typeof operators)[number], (values: readonly number[]) => number> = {
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  MED: (values) => {
    const sorted = [...values].sort((a, b) => a - b)
    const middle = sorted.length / 2
    return Math.floor((sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2)
  },
  SM: (values) => values.reduce((sum, value) => sum + value, 0) % 10,
}
