/** The recurrence of running maxima that fade: what keeps sums of exponentials within range. */
import { add, concat, maximum, slice, type Tensor, unsqueeze } from '../engine/index.js'

/**
 * All m_t = max(written_t, kept_t + m_{t−1}) along the second axis of [B, T, …], from `start` [B, …], by doubling: no
 * long sums, so nothing is lost however large the terms. −∞ in `kept` forgets what came before.
 */
export function fadingMaximum(kept: Tensor, written: Tensor, start: Tensor): Tensor {
  const T = written.shape[1]
  const first = maximum(slice(written, 1, 0, 1), add(slice(kept, 1, 0, 1), unsqueeze(start, 1)))
  let highest = concat([first, slice(written, 1, 1, T)], 1)
  // What a maximum loses on its way through the positions that `highest` has not seen yet.
  let passed = kept
  for (let shift = 1; shift < T; shift *= 2) {
    const before = add(slice(passed, 1, shift, T), slice(highest, 1, 0, T - shift))
    highest = concat([slice(highest, 1, 0, shift), maximum(slice(highest, 1, shift, T), before)], 1)
    passed = concat(
      [slice(passed, 1, 0, shift), add(slice(passed, 1, shift, T), slice(passed, 1, 0, T - shift))],
      1,
    )
  }
  return highest
}
