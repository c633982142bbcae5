/**
 * Modular arithmetic: the value of an expression modulo m.
 *
 * Input: `3 + 2 * 4 - 1 =`, numbers in [0, m) and operators uniform, products before sums; with `brackets`, every
 * operation in its own pair of them, as Delétang et al. 2022 build them. Answer: the value, asked at `=`.
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { defineTask } from '../task.js'
import { bracketedExpressions, flatExpressions, type Operator } from './expressions.js'
import { grazziFigures } from './grazzi.js'
import { labelled, shownAs } from './labels.js'
import { upToLength } from './lengths.js'

const symbols = ['+', '-', '*', '=', '(', ')']

export const modularArithmetic = defineTask({
  kind: 'examples',
  id: 'modular-arithmetic',
  group: 'state-tracking',
  title: 'Modular arithmetic',
  shows: 'Whether a running value modulo m, and with brackets a stack of them, can be kept at lengths never seen.',
  source: {
    title: 'Neural Networks and the Chomsky Hierarchy',
    authors: 'Delétang, Ruoss, Grau-Moya, Genewein, Wenliang, Catt, Cundy, Hutter, Legg, Veness, Ortega',
    year: 2022,
    arxiv: '2207.02098',
    note: 'Lengths and the form without brackets as Grazzi et al. 2024 (arXiv:2411.12537) and the xLSTM experiments take them. The published forms with brackets leave multiplication out by default: multiply=false gives theirs. A test has exactly the length it names, theirs vary from 40 to 256.',
  },
  config: z.strictObject({
    length: z
      .int()
      .min(2)
      .default(40)
      .describe('most tokens in training, the final = included; test expressions have exactly as many'),
    minLength: z.int().min(2).default(4).describe('fewest tokens in training; even, as length, without brackets'),
    modulus: z.int().min(2).max(20).default(5).describe('m: numbers and answers are 0 … m − 1'),
    multiply: z.boolean().default(true).describe('products as well as sums and differences'),
    brackets: z.boolean().default(false).describe('a pair of brackets round every operation'),
  }),
  difficulty: { setting: 'length', values: [40, 64, 128, 256] },
  metric: 'accuracy',
  published: grazziFigures(['modular arithmetic', 'modular arithmetic with brackets']),

  async open({ length, minLength, modulus, multiply, brackets }) {
    for (const [name, value] of Object.entries({ length, minLength })) {
      if (brackets || value % 2 === 0) continue
      throw new UserError(
        `task modular-arithmetic: ${name} must be even without brackets, as numbers and signs alternate up to =, got ${value} – use ${value + 1}`,
      )
    }
    const operators: Operator[] = multiply ? ['+', '-', '*'] : ['+', '-']
    const expressions = (brackets ? bracketedExpressions : flatExpressions)(modulus, operators)
    const names = [...Array.from({ length: modulus }, (_, number) => String(number)), ...symbols]
    const ids = new Map(names.map((name, id) => [name, id]))
    return upToLength({
      task: 'modular-arithmetic',
      length,
      minLength,
      step: brackets ? 1 : 2,
      input: { kind: 'tokens', vocabulary: names.length },
      output: { kind: 'tokens' },
      answers: 1,
      chance: Math.max(...expressions.distribution(length - 1)),
      draw(random, length) {
        const { tokens, value } = expressions.draw(random, length - 1)
        const inputs = [...tokens, '='].map((token) => ids.get(token) ?? 0)
        return labelled(inputs, inputs.with(-1, value), (position) => position === length - 1)
      },
      show: shownAs(names),
    })
  },
})
