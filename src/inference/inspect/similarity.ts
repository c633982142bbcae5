/** Which moments of a text left a layer in a similar state. */
import type { StateTrace } from './steps.js'

/**
 * The cosine between the state of a layer after the token at `position` and after each of the `count` tokens of the
 * text; all leaves that are replaced count as one vector. 0 where a state is all zeros. Undefined where the layer has no
 * such state: a cache is no point in a space.
 */
export function stateSimilarity(
  states: readonly StateTrace[],
  layer: number,
  position: number,
  count: number,
): Float32Array | undefined {
  const leaves = states.filter((trace) => trace.layer === layer && trace.change === 'replace')
  if (leaves.length === 0) return undefined
  const product = (a: number, b: number) =>
    leaves.reduce((total, { after }) => {
      const [left, right] = [after(a + 1), after(b + 1)]
      return total + left.reduce((sum, value, index) => sum + value * right[index], 0)
    }, 0)
  const own = product(position, position)
  return Float32Array.from({ length: count }, (_, other) => {
    const sizes = Math.sqrt(own * product(other, other))
    return sizes === 0 ? 0 : product(position, other) / sizes
  })
}
