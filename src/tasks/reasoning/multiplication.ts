/**
 * Multiplication of two numbers of n digits each, in the formats of Lee et al. 2023:
 *
 *   plain       12*34=408$
 *   reversed    12*34=804$
 *   scratchpad  12*34=48+360=408$     a product for each digit of the second number, units first, then their sum
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

export const multiplication = defineTask({
  kind: 'examples',
  id: 'multiplication',
  group: 'reasoning',
  title: 'Multiplication',
  shows: 'Whether a model can compute what takes a number of steps that grows with the square of the digits.',
  source: {
    ...arithmeticSource,
    note: 'The scratchpad lists the partial products and their sum; the one of the paper spells out every single step. Every word of a scratchpad counts, not only the product.',
  },
  config: z.strictObject({
    digits: z.int().min(1).max(4).default(2).describe('digits of each operand, up to 4'),
    format: format.describe('plain, reversed (units first) or scratchpad (partial products, then their sum)'),
    shorter,
  }),
  difficulty: { setting: 'digits', values: [1, 2, 3, 4] },
  metric: 'exact',
  async open({ digits, format, shorter }) {
    // Partial products have up to n + 1 digits and 0 to n − 1 zeros; a sign goes between them, and = behind.
    const steps = digits * (digits + 1) + (digits * (digits - 1)) / 2 + digits
    return questions({
      task: 'multiplication',
      vocabulary: [...digitWords, '*', '+', '=', end],
      most: { question: 2 * digits + 2, answer: (format === 'scratchpad' ? steps : 0) + 2 * digits + 1 },
      chance: likeliest(digits, format, shorter),
      space: '',
      draw(random) {
        const [a, b] = operands(random, digits, shorter)
        return { question: [...a, '*', ...b, '='], answer: answerOf(a, b, format) }
      },
    })
  },
})

function answerOf(a: string, b: string, format: Format): string[] {
  const partial = [...b].reverse().map((digit, i) => String(Number(a) * Number(digit) * 10 ** i))
  const product = written(String(Number(a) * Number(b)), format)
  return [...(format === 'scratchpad' ? [...partial.join('+'), '='] : []), ...product, end]
}

/** Pairs of numbers with 1, 2, 3 and 4 digits that have the commonest product of all, counted over every pair. */
const commonestProduct = [19, 16, 50, 140]

/** How likely the likeliest answer is. Products of numbers with different numbers of digits differ. */
function likeliest(digits: number, format: Format, shorter: boolean): number {
  const share = (n: number) =>
    (format === 'scratchpad' ? commonestScratchpad(n) : commonestProduct[n - 1]) / numbersWith(n) ** 2
  if (!shorter) return share(digits)
  return Math.max(...Array.from({ length: digits }, (_, i) => share(i + 1))) / digits
}

/**
 * Pairs with the commonest list of partial products a·b₀, a·b₁, … Lists are equal where a is divided and all digits of b
 * are multiplied by the same number, which leaves most room where these digits are 0 and 1: what is left to count are
 * the products of a number and a digit. A single digit may be 0.
 */
function commonestScratchpad(digits: number): number {
  if (digits === 1) return commonestProduct[0]
  const counts = new Map<number, number>()
  for (let a = 10 ** (digits - 1); a < 10 ** digits; a++)
    for (let factor = 1; factor < 10; factor++) counts.set(a * factor, (counts.get(a * factor) ?? 0) + 1)
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0)
}
