/**
 * Addition of two numbers of n digits each, in the formats of Lee et al. 2023:
 *
 *   plain       128+367=495$
 *   reversed    128+367=594$
 *   scratchpad  128+367=A5C1A9C0A4C0=495$     digit and carry of each column, units first, then the sum
 */
import { z } from 'zod'
import { defineTask } from '../task.js'
import {
  arithmeticSource,
  digitWords,
  end,
  type Format,
  format,
  numbersWith,
  operands,
  shorter,
  written,
} from './arithmetic.js'
import { questions } from './questions.js'

export const addition = defineTask({
  kind: 'examples',
  id: 'addition',
  group: 'reasoning',
  title: 'Addition',
  shows: 'Whether a model learns to carry, and how much the order of the digits or written steps help it.',
  source: {
    ...arithmeticSource,
    note: 'The scratchpad is the simplified one, its arrows and commas left out. Operands have equally many digits; digits and carries are not balanced further. Every word of a scratchpad counts, not only the sum.',
  },
  config: z.strictObject({
    digits: z.int().min(1).max(40).default(3).describe('digits of each operand'),
    format: format.describe(
      'plain, reversed (units first) or scratchpad (digit and carry of each column, then the sum)',
    ),
    shorter,
  }),
  difficulty: { setting: 'digits', values: [1, 2, 3, 4, 6, 8, 10, 15, 20] },
  metric: 'exact',
  async open({ digits, format, shorter }) {
    return questions({
      task: 'addition',
      vocabulary: [...digitWords, '+', '=', 'A', 'C', end],
      most: { question: 2 * digits + 2, answer: (format === 'scratchpad' ? 4 * digits + 1 : 0) + digits + 2 },
      chance: likeliest(digits, shorter),
      space: '',
      draw(random) {
        const [a, b] = operands(random, digits, shorter)
        return { question: [...a, '+', ...b, '='], answer: answerOf(a, b, format) }
      },
    })
  },
})

/**
 * How likely the likeliest answer is. Of the N² pairs of numbers with n digits, N have the commonest sum (all that add up
 * to the smallest and the largest). With the scratchpad it is the same: the commonest digit and carry of a column come
 * with 10 of 100 pairs of digits, those of the first with 9 of 81. Sums of different n differ.
 */
const likeliest = (digits: number, shorter: boolean) => (shorter ? 1 / (10 * digits) : 1 / numbersWith(digits))

function answerOf(a: string, b: string, format: Format): string[] {
  const steps: string[] = []
  let sum = ''
  let carry = 0
  for (let i = a.length - 1; i >= 0; i--) {
    const column = Number(a[i]) + Number(b[i]) + carry
    carry = Math.floor(column / 10)
    sum = (column % 10) + sum
    steps.push('A', String(column % 10), 'C', String(carry))
  }
  if (carry > 0) sum = carry + sum
  return [...(format === 'scratchpad' ? [...steps, '='] : []), ...written(sum, format), end]
}
