/** Sums over all spans of a sequence: what log decays amount to between any two positions. */
import {
  add,
  concat,
  cumulativeSum,
  pad,
  reshape,
  slice,
  split,
  type Tensor,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import { chunkLength } from './chunks.js'

/**
 * g_{s+1} + … + g_t at row t and column s of [..., T, T] for g [..., T], zero above the diagonal. By halving: a span
 * across the border of two halves is a sum up to it and one from it, so none is a difference of long sums.
 */
export function spanSums(g: Tensor): Tensor {
  const T = g.shape[g.rank - 1]
  const size = chunkLength(T)
  const lead = g.shape.slice(0, -1)
  const padded = pad(g, -1, 0, size - T)
  let squares = zeros([...lead, size, 1, 1])
  for (let half = 1; half < size; half *= 2) {
    const [first, second] = split(reshape(padded, [...lead, size / (2 * half), 2 * half]), 2, -1)
    const fromBorder = cumulativeSum(second, -1)
    const toBorder = cumulativeSum(first, -1, { exclusive: true, reverse: true })
    const across = add(unsqueeze(fromBorder, -1), unsqueeze(toBorder, -2))
    const pairs = reshape(squares, [...lead, size / (2 * half), 2, half, half])
    const [upper, lower] = split(pairs, 2, -3).map((part) => reshape(part, across.shape))
    squares = concat([concat([upper, zeros(across.shape)], -1), concat([across, lower], -1)], -2)
  }
  const whole = reshape(squares, [...lead, size, size])
  return slice(slice(whole, -1, 0, T), -2, 0, T)
}
