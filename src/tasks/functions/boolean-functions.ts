import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import { defineTask } from '../task.js'

/** Functions of how many of the k literals hold. */
const families = {
  conjunction: { negated: true, holds: (count: number, k: number) => count === k },
  disjunction: { negated: true, holds: (count: number) => count > 0 },
  majority: { negated: false, holds: (count: number, k: number) => 2 * count > k },
  parity: { negated: false, holds: (count: number) => count % 2 === 1 },
} as const
type Family = keyof typeof families

const no = 2
const yes = 3

export const booleanFunctions = defineTask({
  kind: 'examples',
  id: 'boolean-functions',
  group: 'functions',
  title: 'Boolean functions in context',
  shows: 'Whether a model finds from labelled bit strings which bits a function reads, and how.',
  source: {
    title: 'Understanding In-Context Learning in Transformers and LLMs by Learning to Learn Discrete Functions',
    authors: 'Bhattamishra, Patel, Blunsom and Kanade',
    year: 2023,
    arxiv: '2310.03016',
    note: 'There a string of 28 bits is one vector; here each bit and each label is a token. There conjunctions and disjunctions read a random number of bits and 30 % of the strings are made to satisfy (or falsify) them; here k is a setting and both labels are equally likely in every family, so that chance is one half.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    family: z
      .enum(Object.keys(families) as [Family, ...Family[]])
      .default('conjunction')
      .describe('conjunction or disjunction of literals, majority (more than half) or parity of plain bits'),
    bits: z.int().min(1).max(64).default(8).describe('bits of a string'),
    relevant: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe('bits that the function reads; which ones, each example draws'),
    points: z.int().min(1).max(4096).default(16).describe('labelled strings of an example; bits + 1 positions each'),
  }),
  difficulty: { setting: 'relevant', values: [1, 2, 3, 4] },
  async open({ family, bits, relevant, points }) {
    if (relevant > bits) {
      throw new UserError(
        `task boolean-functions: relevant must be at most bits ${bits}, got ${relevant} – use bits=${relevant} or more`,
      )
    }
    const stride = bits + 1
    const length = points * stride
    const label = truthsByLabel(family, relevant)

    return generated({
      task: 'boolean-functions',
      input: { kind: 'tokens', vocabulary: 4 },
      output: { kind: 'tokens' },
      length,
      answers: points,
      chance: 0.5,
      draw(random) {
        const inputs = new Int32Array(length)
        const targets = new Int32Array(length)
        const weights = new Float32Array(length)
        const read = random.distinct(relevant, bits)
        const negated = read.map(() => families[family].negated && random.chance(0.5))
        for (let start = 0; start < length; start += stride) {
          const { answer, truths } = label(random)
          for (let i = 0; i < bits; i++) inputs[start + i] = random.below(2)
          for (const [i, bit] of read.entries()) inputs[start + bit] = truths.has(i) !== negated[i] ? 1 : 0
          inputs[start + bits] = answer
          targets[start + bits - 1] = answer
          weights[start + bits - 1] = 1
        }
        return { inputs, targets, weights }
      },
      show({ inputs }) {
        const starts = Array.from({ length: points }, (_, i) => i * stride)
        const labels = starts.map((start) => (inputs[start + bits] === yes ? 'yes' : 'no'))
        return {
          input: starts.map((start, i) => `${inputs.slice(start, start + bits).join('')} → ${labels[i]}`).join('\n'),
          answer: labels.join(' '),
        }
      },
    })
  },
})

/** Draws a label, both equally likely, and uniformly one of the ways in which k literals give it: those that hold. */
function truthsByLabel(family: Family, k: number): (random: Random) => { answer: number; truths: Set<number> } {
  const ways = [1]
  for (let count = 1; count <= k; count++) ways.push((ways[count - 1] * (k - count + 1)) / count)
  const waysTo = (label: boolean) => ways.map((n, count) => (families[family].holds(count, k) === label ? n : 0))
  const byAnswer = new Map([no, yes].map((answer) => [answer, waysTo(answer === yes)]))
  return (random) => {
    const answer = random.pick([no, yes])
    const count = random.weighted(byAnswer.get(answer) ?? [])
    return { answer, truths: new Set(random.distinct(count, k)) }
  }
}
