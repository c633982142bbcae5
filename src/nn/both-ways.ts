/** Sums over whole documents, for mixers whose tokens see those behind them too. */
import { cast, logSumExp, matmul, reshape, sum, type Tensor, unsqueeze, where } from '../engine/index.js'
import { sameDocument } from './documents.js'

interface Documents {
  /** [B, T] i32, −1 for padding; absent where rows are one document without padding. */
  readonly documents?: Tensor
}

/** For each token the sum of x [B, T, …] over all tokens of its document, [B, T, …]; [B, 1, …] where rows are one document. */
export function documentTotals(x: Tensor, { documents }: Documents): Tensor {
  if (!documents) return sum(x, 1, { keep: true })
  const flat = reshape(x, [x.shape[0], x.shape[1], -1])
  return reshape(matmul(cast(sameDocument(documents, documents), 'f32'), flat), x.shape)
}

/** For each token log Σ exp(x) over its document, for x [B, H, T, K]: [B, H, T, K], or [B, H, 1, K] where rows are one document. */
export function documentLogSums(x: Tensor, { documents }: Documents): Tensor {
  if (!documents) return logSumExp(x, 2, { keep: true })
  const [B, T] = documents.shape
  const same = reshape(sameDocument(documents, documents), [B, 1, T, T, 1])
  return logSumExp(where(same, unsqueeze(x, 2), -1e30), 3)
}

/** Linear attention both ways: Σ_s (q_t·k_s) v_s over the document of t, for q, k [B, H, T, K] and v [B, H, T, V]. */
export function attendBothWays(q: Tensor, k: Tensor, v: Tensor, { documents }: Documents): Tensor {
  if (!documents) return matmul(q, matmul(k, v, { transposeA: true }))
  const scores = matmul(q, k, { transposeB: true })
  return matmul(where(unsqueeze(sameDocument(documents, documents), 1), scores, 0), v)
}
