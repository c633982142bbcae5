/** Sources of examples that are drawn: endless, reproducible, and with parts that never share an example. */
import { UserError } from '../platform/errors.js'
import { createRandom, type Random } from './random.js'
import type { Example, ExampleSource, Part } from './task.js'

export interface Generator
  extends Pick<ExampleSource, 'input' | 'output' | 'length' | 'answers' | 'chance' | 'show' | 'bound'> {
  /** For messages. */
  readonly task: string
  draw(random: Random): Example
}

/** Of 16 examples, 12 train, 2 validate and 2 test. */
const partOf = (digest: number): Part => {
  const share = digest % 16
  return share < 12 ? 'train' : share < 14 ? 'validation' : 'test'
}
const parts: Record<Part, number> = { train: 0, validation: 1, test: 2 }
const attempts = 2000

/**
 * Draws examples until one falls into the part that is asked for. What decides is a digest of the inputs alone, so that
 * an example of one part cannot turn up in another, however small the space it is drawn from.
 */
export function generated({ task, draw, ...rest }: Generator): ExampleSource {
  return {
    ...rest,
    size: () => Number.POSITIVE_INFINITY,
    example(part, index, stream = 0) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const example = draw(createRandom(stream, parts[part], index, attempt))
        if (partOf(digestOf(example.inputs)) === part) return example
      }
      throw new UserError(
        `task ${task}: ${attempts} draws gave no example for the ${part} part – choose settings with more different examples`,
      )
    },
  }
}

/** FNV-1a over 32-bit words, finished by a multiplication so that all words reach the low bits. */
function digestOf(inputs: Int32Array | Float32Array): number {
  const words = new Uint32Array(inputs.buffer, inputs.byteOffset, inputs.length)
  let hash = 0x811c9dc5
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x01000193)
    hash ^= hash >>> 15
  }
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 8
}
