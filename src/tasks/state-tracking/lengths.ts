/** Sources that are learned at all lengths up to one and tested at exactly that one. */
import { UserError } from '../../platform/errors.js'
import { type Generator, generated } from '../generated.js'
import type { Random } from '../random.js'
import type { Example, ExampleSource } from '../task.js'

export interface LengthGenerator extends Omit<Generator, 'draw' | 'length'> {
  readonly minLength: number
  /** Lengths drawn are minLength, minLength + step, … up to length. */
  readonly step?: number
  readonly length: number
  draw(random: Random, length: number): Example
}

/**
 * Training and validation draw lengths uniformly from minLength to length, test examples all have `length` positions: so
 * the score at a length is not softened by shorter sequences. `chance` is that of the test part.
 *
 * @throws UserError when minLength exceeds length
 */
export function upToLength({ minLength, length, step = 1, draw, ...rest }: LengthGenerator): ExampleSource {
  if (minLength > length) {
    throw new UserError(
      `task ${rest.task}: minLength must be at most length (${length}), got ${minLength} – lower minLength or raise length`,
    )
  }
  const lengths = Math.floor((length - minLength) / step) + 1
  const varied = generated({
    ...rest,
    length,
    draw: (random) => draw(random, minLength + step * random.below(lengths)),
  })
  const exact = generated({ ...rest, length, draw: (random) => draw(random, length) })
  return {
    ...varied,
    example: (part, index, stream) => (part === 'test' ? exact : varied).example(part, index, stream),
  }
}
