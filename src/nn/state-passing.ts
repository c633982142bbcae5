/** A time-invariant system by state passing: chunk after chunk as a short convolution, the state handed on between them. */
import { concat, reshape, scan, slice, type Tensor, transpose } from '../engine/index.js'
import { type LinearSystem, runSystem } from './linear-system.js'
import type { Timeline } from './recurrence.js'

/**
 * As {@link runSystem} along u [B, T, C], with transforms of `size` tokens instead of T: Fu et al. 2022, arXiv:2212.14052,
 * algorithm 2. Packed documents take the recurrence.
 */
export function runSystemInChunks<H>(
  system: LinearSystem<H>,
  u: Tensor,
  state: H,
  timeline: Timeline,
  size: number,
): { y: Tensor; state: H } {
  const [B, T, C] = u.shape
  const count = Math.floor(T / size)
  if (timeline.documents || count === 0) return runSystem(system, u, state, timeline)
  const chunks = transpose(reshape(slice(u, 1, 0, count * size), [B, count, size, C]), [1, 0, 2, 3])
  const { carry, ys } = scan(
    (before: H, chunk: Tensor) => {
      const { y, state: after } = runSystem(system, chunk, before, timeline)
      return { carry: after, y }
    },
    state,
    chunks,
  )
  const whole = reshape(transpose(ys, [1, 0, 2, 3]), [B, count * size, C])
  if (count * size === T) return { y: whole, state: carry }
  const rest = runSystem(system, slice(u, 1, count * size), carry, timeline)
  return { y: concat([whole, rest.y], 1), state: rest.state }
}
