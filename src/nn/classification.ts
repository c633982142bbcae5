/** Choosing among classes, one per position. */
import {
  cast,
  concat,
  div,
  equal,
  full,
  greater,
  iota,
  logSoftmax,
  matmul,
  maximum,
  mul,
  neg,
  slice,
  sum,
  type Tensor,
  unitNorm,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'

/** −log p of each target, […] i32, under logits […, classes]. */
export function surprise(logits: Tensor, targets: Tensor): Tensor {
  const chosen = equal(unsqueeze(targets, -1), iota(logits.shape[logits.rank - 1]))
  return neg(sum(where(chosen, logSoftmax(logits), 0), -1))
}

/** The mean of values where the condition of the same shape holds; 0 where it holds nowhere. */
export function meanWhere(values: Tensor, condition: Tensor): Tensor {
  return div(sum(where(condition, values, 0)), maximum(sum(cast(condition, 'f32')), 1))
}

/** What a decoder reads in training for targets [B, T] that 0 ends: the token before each, and which positions count. */
export function teacherForced(targets: Tensor): { previous: Tensor; counts: Tensor } {
  const first = [targets.shape[0], 1]
  const before = slice(targets, 1, 0, targets.shape[1] - 1)
  return {
    previous: concat([zeros(first, 'i32'), before], 1),
    counts: greater(concat([full(first, 1, 'i32'), before], 1), 0),
  }
}

/** Cosine of each vector […, d] with each row of a table [classes, d], over a temperature. */
export function cosineLogits(x: Tensor, table: Tensor, temperature: number): Tensor {
  return mul(matmul(unitNorm(x), unitNorm(table), { transposeB: true }), 1 / temperature)
}
