/** Shapes that tables of cases run through. */
import type { Shape } from '#seqlab/engine/tensor.js'

/** Rank 0 to 5, one with an empty axis. */
export const everyRank: readonly Shape[] = [[], [5], [2, 3], [2, 3, 2], [2, 1, 2, 3], [1, 2, 3, 1, 2], [2, 0, 3]]

/** Pairs that broadcast: neither way, to the left, to the right, both ways, new leading axes, empty axes. */
export const broadcastPairs: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[], [3]],
  [[3], []],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [1, 3],
    [2, 1],
  ],
  [[1], [1, 1, 2]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [
    [2, 1, 3, 1, 2],
    [2, 1, 2, 1],
  ],
  [
    [1, 2, 1, 2, 1],
    [2, 1, 3, 1, 2],
  ],
  [[0, 3], [3]],
  [
    [2, 1],
    [2, 0],
  ],
]

/** Enough numbers for ONNX Runtime to give both threads a share of one operator. */
export const large: Shape = [96, 512]
