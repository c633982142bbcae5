/** Splitting features into heads and back. */
import { broadcastTo, mul, reshape, silu, type Tensor, transpose, unsqueeze } from '../engine/index.js'

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

/** [B, Hₖ, T, D] as [B, H, T, D]: each head for H / Hₖ heads in a row. */
export function shareHeads(x: Tensor, heads: number): Tensor {
  const [B, shared, T, D] = x.shape
  if (shared === heads) return x
  return reshape(broadcastTo(unsqueeze(x, 2), [B, shared, heads / shared, T, D]), [B, heads, T, D])
}

/** What many mixers put out: each head normalised, gated by a swish where there is a gate, and mapped back. */
export function gatedOutput(
  p: { readonly norm: (x: Tensor) => Tensor; readonly output: (x: Tensor) => Tensor },
  y: Tensor,
  gate?: Tensor,
): Tensor {
  const merged = mergeHeads(p.norm(y))
  return p.output(gate ? mul(merged, silu(gate)) : merged)
}
