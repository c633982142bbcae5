/** Softmax attention over new positions and a cache. */
import {
  add,
  concat,
  customGradient,
  expect,
  matmul,
  mul,
  name,
  reshape,
  softmax,
  split,
  sub,
  sum,
  sumTo,
  type Tensor,
} from '../engine/index.js'

/** What was seen before, with the bias that hides what may not be seen now. */
export interface Past {
  /** [B, H, S, D] */
  readonly keys: Tensor
  readonly values: Tensor
  /** Broadcasts against scores [B, H, T, S]. */
  readonly bias: Tensor
}

/**
 * softmax(scale · q kᵀ + bias) v for q [B, H, T, D] and k, v [B, Hₖ, T, D], where H is a multiple of Hₖ: each group of
 * H / Hₖ query heads shares one key head. With `past`, its keys come before the new ones; they are not copied.
 * The weights are named `attention`.
 *
 * The gradient of a softmax needs Σ_s p dp for each query: from the outputs it takes T D values instead of T². Where a
 * query reads nearly one token alone, differences to it are all that is left of dp, and only `from` the weights do they
 * keep their digits: of a checkpoint with such queries the worst gradient was off by 1.9e-4, and so by 1.8e-6.
 */
export function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  bias: Tensor,
  past?: Past,
  from: 'outputs' | 'weights' = 'outputs',
): Tensor {
  const [B, H, T, D] = q.shape
  const groups = k.shape[1]
  expect(H % groups === 0, 'attend', () => `${H} query heads cannot share ${groups} key heads evenly`)
  if (groups === H) return attendHeads(q, k, v, bias, from, past)
  // A group's queries are further rows against the same keys.
  const perGroup = (t: Tensor) => reshape(t, [t.shape[0], groups, t.shape[1] / groups, ...t.shape.slice(2)])
  const wide = (t: Tensor) => {
    if (t.rank < 4) return t
    return t.shape[1] === 1 ? reshape(t, [t.shape[0], 1, 1, ...t.shape.slice(2)]) : perGroup(t)
  }
  const grouped = past && { keys: perGroup(past.keys), values: perGroup(past.values), bias: wide(past.bias) }
  return reshape(
    attendHeads(reshape(q, [B, groups, H / groups, T, D]), perGroup(k), perGroup(v), wide(bias), from, grouped),
    [B, H, T, v.shape[3]],
  )
}

function attendHeads(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, from: 'outputs' | 'weights', past?: Past): Tensor {
  const scale = 1 / Math.sqrt(q.shape[q.rank - 1])
  const score = (keys: Tensor, mask: Tensor) => add(matmul(q, keys, { transposeB: true, scale }), mask)
  if (past && past.keys.size > 0) {
    const joint = name(softmax(concat([score(past.keys, past.bias), score(k, bias)], -1)), 'attention')
    const [old, fresh] = split(joint, [past.keys.shape[past.keys.rank - 2], k.shape[k.rank - 2]], -1)
    return add(matmul(old, past.values), matmul(fresh, v))
  }
  const [result] = customGradient(
    [q, k, v, bias],
    () => {
      const weights = name(softmax(score(k, bias)), 'attention')
      const y = matmul(weights, v)
      return { outputs: [y], saved: [q, k, v, bias, weights, y] }
    },
    ([query, keys, values, mask, weights, y], [g]) => {
      const forWeights = matmul(g, values, { transposeB: true })
      const row = sum(from === 'outputs' ? mul(g, y) : mul(weights, forWeights), -1, { keep: true })
      const forScores = mul(weights, sub(forWeights, row))
      const folded = (t: Tensor, like: Tensor) =>
        t.shape[2] === like.shape[2] || t.rank === 4 ? t : sum(t, 2, { keep: true })
      return [
        matmul(forScores, keys, { scale }),
        folded(matmul(forScores, query, { transposeA: true, scale }), keys),
        folded(matmul(weights, g, { transposeA: true }), values),
        sumTo(forScores, mask.shape),
      ]
    },
  )
  return result
}
