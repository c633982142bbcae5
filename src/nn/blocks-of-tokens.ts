/** Work on blocks of tokens one after the other, where all at once would not fit into memory. */
import { mapTree, pad, reshape, scan, slice, type Tensor, transpose } from '../engine/index.js'

/**
 * `work` on `size` tokens of each tensor [B, T, …] (or [1, T, …]) at a time, the last block filled up with zeros.
 * Returns [B, T, d]. What a block needs inside is computed again in the backward pass.
 */
export function inBlocks<X extends Readonly<Record<string, Tensor>>>(
  tensors: X,
  size: number,
  work: (block: X) => Tensor,
): Tensor {
  const [, T] = Object.values(tensors)[0].shape
  const count = Math.ceil(T / size)
  const blocks = mapTree(tensors, (t: Tensor) => {
    const parts = reshape(pad(t, 1, 0, count * size - T), [t.shape[0], count, size, ...t.shape.slice(2)])
    return transpose(parts, [1, 0, ...parts.shape.slice(2).map((_, axis) => axis + 2)])
  }) as X
  const { ys } = scan((_, block: X) => ({ carry: {}, y: work(block) }), {}, blocks, { segment: 1 })
  const [, B, , width] = ys.shape
  return slice(reshape(transpose(ys, [1, 0, 2, 3]), [B, count * size, width]), 1, 0, T)
}
