/** What addition and multiplication share: their operands, their settings and the order of an answer's digits. */
import { z } from 'zod'
import type { Random } from '../random.js'
import type { TaskCitation } from '../task.js'

export const arithmeticSource: TaskCitation = {
  title: 'Teaching Arithmetic to Small Transformers',
  authors: 'Lee, Sreenivasan, Lee, Lee, Papailiopoulos',
  year: 2023,
  arxiv: '2307.03381',
}

export const format = z.enum(['plain', 'reversed', 'scratchpad']).default('plain')
export const shorter = z
  .boolean()
  .default(false)
  .describe('also operands with fewer digits, from 1 on, every number of digits equally often')

export type Format = z.infer<typeof format>

/** The decimal digits. */
export const digitWords = [...'0123456789']
/** Ends every answer, as in the paper. */
export const end = '$'

/** How many numbers have so many digits; 0 is one of those with one. */
export const numbersWith = (digits: number) => (digits === 1 ? 10 : 9 * 10 ** (digits - 1))

/** Two numbers of equally many digits, all equally likely. */
export function operands(random: Random, digits: number, shorter: boolean): [string, string] {
  const length = shorter ? random.between(1, digits) : digits
  const number = () => Array.from({ length }, (_, i) => random.between(i === 0 && length > 1 ? 1 : 0, 9)).join('')
  return [number(), number()]
}

/** A number's digits in the order of a format: the reversed one begins with the units. */
export const written = (number: string, format: Format) => (format === 'reversed' ? [...number].reverse() : [...number])
