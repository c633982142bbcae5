/** Token shift: features mixed with those of the token before, in a share μ for each channel. Peng et al. 2023, arXiv:2305.13048. */
import { add, mul, sub, type Tensor } from '../engine/index.js'
import { alongChannels } from './initializers.js'
import { lookBack } from './look-back.js'
import { parameter } from './parameter.js'
import type { Timeline } from './recurrence.js'

/** Whether μ is the share of the token before, or of the token itself. */
export type Shares = 'past' | 'present'

/** μ, which starts from the share of the past that `value` gives for how far through the channels one is. */
export const shares = (dim: number, of: Shares, value: (part: number) => number) =>
  parameter(
    [dim],
    alongChannels((part) => (of === 'past' ? value(part) : 1 - value(part))),
  )

/** A function that mixes x [B, T, d] by a share, and the next past [B, 1, d]. */
export function tokenShift(x: Tensor, past: Tensor, of: Shares, timeline: Timeline) {
  const { seen, past: next } = lookBack(x, past, [1], timeline)
  const [from, to] = of === 'past' ? [x, seen[0]] : [seen[0], x]
  const change = sub(to, from)
  return { mixed: (share: Tensor) => add(from, mul(change, share)), past: next }
}
