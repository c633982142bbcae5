/** Windows of a sequence whose borders belong to positions in the document, wherever a call begins and ends. */
import {
  add,
  and,
  greaterEqual,
  iota,
  less,
  mapTree,
  mod,
  reshape,
  slice,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from '../engine/index.js'
import { rowsAt } from './look-back.js'

/**
 * The tokens of a call in the slots of their mini-batches, whose borders belong to positions: the first one may have begun
 * in an earlier call. Slots that no token takes are zeros. A leaf [B, T, H, W] becomes [N, B, H, C, W].
 */
export function alignedWindows<T>(tree: T, positions: Tensor, size: number) {
  const [B, T] = positions.shape
  const count = Math.ceil((T + size - 1) / size)
  const first = mod(slice(positions, 1, 0, 1), size)
  const token = sub(iota(count * size), first)
  const isReal = and(greaterEqual(token, 0), less(token, T))
  const source = where(isReal, token, 0)
  const windows = mapTree(tree, (x: Tensor) => {
    const [, , H, W] = x.shape
    const slots = where(unsqueeze(isReal, 2), rowsAt(reshape(x, [B, T, H * W]), source), 0)
    return transpose(reshape(slots, [B, count, size, H, W]), [1, 0, 3, 2, 4])
  }) as T
  const real = transpose(reshape(isReal, [B, count, 1, size, 1]), [1, 0, 2, 3, 4])
  return {
    windows,
    real,
    /** Whether a mini-batch is complete, [N, B, 1, 1, 1]. */
    ends: slice(real, 3, -1),
    back(y: Tensor): Tensor {
      const [, , H, , W] = y.shape
      const slots = reshape(transpose(y, [1, 0, 3, 2, 4]), [B, count * size, H * W])
      return reshape(rowsAt(slots, add(first, iota(T))), [B, T, H, W])
    },
  }
}
