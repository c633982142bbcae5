/** Maps whose channels see their own block alone: heads of a recurrent net side by side. */
import { concat, matmul, reshape, slice, split, type Tensor, transpose } from '../engine/index.js'
import { fanIn, type Initializer } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

interface Blocks {
  /** Results for each channel, one after the other: the gates of a cell. */
  readonly parts?: number
  readonly blocks?: number
  readonly initial?: Initializer
}

/**
 * x [..., D] to [..., parts · D], each part a block-diagonal matrix of `blocks` equal blocks without offset. The weights
 * are [D, parts · D] for one block, else [blocks, D / blocks, parts · D / blocks]. Every block is a product of its own, so
 * that a loop can sum up its gradient in one product at the end.
 */
export function blockDiagonal(
  width: number,
  { parts = 1, blocks = 1, initial }: Blocks = {},
): Layer<(x: Tensor) => Tensor> {
  const size = width / blocks
  const shape = blocks === 1 ? [width, parts * width] : [blocks, size, parts * size]
  return layer(parameter(shape, initial ?? fanIn(size)), (weight) => {
    if (blocks === 1) return (x: Tensor) => matmul(x, weight)
    const own = split(weight, blocks, 0).map((block) => reshape(block, [size, parts * size]))
    return (x: Tensor) => {
      const axis = x.rank - 1
      const results = own.map((block, n) => matmul(slice(x, axis, n * size, (n + 1) * size), block))
      const joined = concat(results, axis)
      if (parts === 1) return joined
      const lead = x.shape.slice(0, axis)
      const order = [...lead.keys(), axis + 1, axis, axis + 2]
      return reshape(transpose(reshape(joined, [...lead, blocks, parts, size]), order), [...lead, parts * width])
    }
  })
}
