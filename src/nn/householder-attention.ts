/**
 * Scores of attention under a product of Householder-like matrices along the way from key to query,
 *   a_ts = q_tᵀ H_t H_{t−1} ⋯ H_{s+1} k_s,  H_r = I − β_r w_r w_rᵀ.
 * The product over a block of positions is I − Wᵀ (I + tril(β w wᵀ, −1))⁻¹ β W, with the delta rule's inverse: keys are
 * carried to the end of their block, queries to the start of theirs and then across whole blocks, the latest first.
 * Yang et al. 2025, arXiv:2505.16381, section 3.
 */
import {
  concat,
  constant,
  equal,
  greater,
  iota,
  matmul,
  mul,
  reshape,
  scan,
  slice,
  sub,
  type Tensor,
  transpose,
  tril,
  unitLowerInverse,
  unsqueeze,
  where,
} from '../engine/index.js'
import { toChunks } from './chunks.js'

/** What positions are as keys, and on the way between others: β is 0 where there is no token. */
export interface Path {
  /** [B, H, S, D] */
  readonly k: Tensor
  readonly w: Tensor
  /** [B, H, S, 1] */
  readonly beta: Tensor
}

/**
 * a_ts of queries q [B, H, T, D] at the positions of `path` by the keys of `past` and of `path` itself, in blocks of
 * `size`: [B, H, T, S + T], the later keys last, to be masked causally.
 */
export function householderScores(q: Tensor, path: Path, past: Path, size: number): Tensor {
  const [B, H, T] = q.shape
  const own = blocksOf(path, size)
  const queries = toChunks(q, size)
  const count = queries.shape[2]
  const seen = matmul(tril(matmul(queries, own.w, { transposeB: true })), own.inverse)
  const within = sub(matmul(queries, own.k, { transposeB: true }), matmul(seen, own.met))
  const S = past.k.shape[2]
  if (S === 0 && count === 1) return slice(slice(reshape(within, [B, H, size, size]), 2, 0, T), 3, 0, T)

  const before = S > 0 ? [blocksOf(past, size)] : []
  const offset = before.length > 0 ? before[0].k.shape[2] : 0
  const first = (x: Tensor) => transpose(x, [2, 0, 1, 3, 4])
  const every = (part: (blocks: Blocks) => Tensor) => first(concat([...before, own].map(part), 2))
  const flat = (x: Tensor) => reshape(x, [B, H, count * size, x.shape[4]])
  // Row t is of block offset + ⌊t / size⌋, and crosses the blocks before it.
  const blockOf = constant(
    Int32Array.from({ length: count * size }, (_, t) => offset + Math.floor(t / size)),
    [count * size, 1],
  )
  const { ys } = scan(
    (crossing: Tensor, at: { keys: Tensor; w: Tensor; left: Tensor; index: Tensor }) => {
      const crossed = sub(crossing, matmul(matmul(crossing, at.w, { transposeB: true }), at.left))
      const scores = matmul(crossing, at.keys, { transposeB: true })
      return { carry: where(greater(blockOf, at.index), crossed, crossing), y: scores }
    },
    flat(sub(queries, matmul(seen, own.scaled))),
    {
      keys: every(({ keys }) => keys),
      w: every(({ w }) => w),
      left: every(({ left }) => left),
      index: iota(offset + count),
    },
    { reverse: true },
  )
  const across = reshape(transpose(ys, [1, 2, 3, 0, 4]), [B, H, count, size, offset + count, size])
  const mine = reshape(equal(unsqueeze(iota(count), 1), sub(iota(offset + count), offset)), [
    count,
    1,
    offset + count,
    1,
  ])
  const all = reshape(where(mine, unsqueeze(within, 4), across), [B, H, count * size, (offset + count) * size])
  const rows = slice(all, 2, 0, T)
  return concat([slice(rows, 3, 0, S), slice(rows, 3, offset * size, offset * size + T)], 3)
}

interface Blocks extends Path {
  readonly scaled: Tensor
  readonly inverse: Tensor
  readonly met: Tensor
  /** Keys at the end of their block. */
  readonly keys: Tensor
  /** A query crosses the block as q − (q wᵀ) left. */
  readonly left: Tensor
}

function blocksOf(path: Path, size: number): Blocks {
  const [k, w, beta] = [path.k, path.w, path.beta].map((x) => toChunks(x, size))
  const scaled = mul(w, beta)
  const inverse = unitLowerInverse(tril(matmul(scaled, w, { transposeB: true }), -1))
  const met = tril(matmul(scaled, k, { transposeB: true }), -1)
  const keys = sub(k, matmul(matmul(inverse, met), w, { transposeA: true }))
  return { k, w, beta, scaled, inverse, met, keys, left: matmul(inverse, scaled) }
}
