/** How much a model carries from token to token, from what its state declares. */
import { sizeOf } from '../../engine/index.js'
import { carriedLeaves, type Model } from '../../models/index.js'

/** Bytes in use after `length` tokens of one text. */
export function stateBytes(model: Model, length: number): number {
  const leaves = Object.values(carriedLeaves(model, 1, length))
  return leaves.reduce((sum, { shape, dtype, change }) => {
    const whole = sizeOf(shape) * (dtype === 'bool' ? 1 : 4)
    if (change === 'replace' || !('ring' in change)) return sum + whole
    const size = shape[change.ring]
    return sum + (whole / size) * Math.min(size, length)
  }, 0)
}
