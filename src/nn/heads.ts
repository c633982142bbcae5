/** Splitting features into heads and back. */
import { reshape, type Tensor, transpose } from '../engine/index.js'

/** [B, T, H·D] to [B, H, T, D]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [B, T, width] = x.shape
  return transpose(reshape(x, [B, T, heads, width / heads]), [0, 2, 1, 3])
}

/** [B, H, T, D] to [B, T, H·D]. */
export function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, D] = x.shape
  return reshape(transpose(x, [0, 2, 1, 3]), [B, T, H * D])
}
