/** Settings that many mechanisms have, with their ranges. */
import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import type { Frame } from './mixer.js'

export const count = z.number().int().positive()
export const positive = z.number().positive()
export const powerOfTwo = z
  .number()
  .int()
  .positive()
  .refine((n) => (n & (n - 1)) === 0, 'must be a power of two')

/** Refuses blocks of channels that do not divide a width. */
export function blocksOf(mixer: string, blocks: number, width: number): void {
  if (width % blocks === 0) return
  const options = [...Array(Math.min(width, 32)).keys()].map((n) => n + 1).filter((n) => width % n === 0)
  throw new UserError(
    `${mixer}: blocks must divide ${width} channels, got ${blocks} – use one of ${options.join(', ')}`,
  )
}

/** Range of the step sizes that state spaces start from. */
export const startingSteps = {
  smallestStep: positive.default(1e-3).describe('Δ starts log-uniform from this'),
  largestStep: positive.default(1e-1).describe('to this: about one over the length to remember'),
}

/** What nearly all linear attention can be set to. */
export const headsInChunks = z.object({
  heads: count.optional(),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})

/** The same with keys of a width of their own. */
export const keysInChunks = headsInChunks.extend({
  keyWidth: count.default(16).describe('K: channels of each head’s keys, which set the size of the state'),
})

/** Whose share a learned mixture of neighbours holds. */
export const sharesOf = z.enum(['past', 'present']).default('past').describe('the token whose share μ is')

/** Heads of a mixer and their width; the model's width must divide evenly. */
export function headsOf(mixer: string, { dim, heads }: Frame): { heads: number; width: number } {
  if (dim % heads !== 0) {
    const options = [...Array(dim).keys()].map((n) => n + 1).filter((n) => dim % n === 0 && n <= 32)
    throw new UserError(`${mixer}: heads must divide dim ${dim}, got ${heads} – use one of ${options.join(', ')}`)
  }
  return { heads, width: dim / heads }
}

/** Refuses heads that cannot be turned by their positions. */
export function evenHeadsOf(mixer: string, frame: Frame): void {
  const { width } = headsOf(mixer, frame)
  if (width % 2 === 0) return
  throw new UserError(`${mixer}: rotary positions need heads of even width, got ${width} – change dim or heads`)
}

const stretched = { factor: positive, context: positive, slow: positive, fast: positive }
/** Rotary positions stretched, as `nn/rotary-scaling.ts` has it. */
export const rotaryScaling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear'), factor: positive }),
  z.strictObject({ kind: z.literal('by-wavelength'), ...stretched }),
  z.strictObject({ kind: z.literal('yarn'), ...stretched, whole: z.boolean(), amplitude: positive }),
  z.strictObject({ kind: z.literal('listed'), factors: z.array(positive), amplitude: positive, longest: count }),
  z.strictObject({ kind: z.literal('dynamic'), factor: positive, longest: count }),
])

/** Tokens that a document may have under these positions. */
export function longestTurned({
  rotaryScaling: by,
}: {
  readonly rotaryScaling?: z.infer<typeof rotaryScaling>
}): number {
  return by && 'longest' in by ? by.longest : Number.POSITIVE_INFINITY
}
