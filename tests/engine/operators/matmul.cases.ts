/** Matrix products: every combination of ranks, transposes and scales, broadcast batches, empty extents. */

import { matmul } from '#seqlab/engine/operators/matmul.js'
import { square } from '#seqlab/engine/operators/unary.js'
import type { Shape, TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'

/** Leading axes of the two operands. */
const batches: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[2], []],
  [[], [2]],
  [[2], [2]],
  [[2], [1]],
  [[1], [2]],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 1, 2],
    [2, 1],
  ],
  [[2, 2], []],
  [[0], [0]],
  [[0], []],
]
const options = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) => [1, 0.35].map((scale) => ({ transposeA, transposeB, scale }))),
)

export const cases: OperatorCase[] = [
  ...batches.flatMap(([a, b]) =>
    options.map(
      ({ transposeA, transposeB, scale }): OperatorCase => ({
        name: `matmul: [${[...a, 'M, K']}]${transposeA ? 'ᵀ' : ''} by [${[...b, 'K, N']}]${transposeB ? 'ᵀ' : ''} times ${scale}`,
        inputs: (random) => [
          random.normal([...a, ...(transposeA ? [4, 3] : [3, 4])]),
          random.normal([...b, ...(transposeB ? [2, 4] : [4, 2])]),
        ],
        fn: (x, y) => matmul(x, y, { transposeA, transposeB, scale }),
      }),
    ),
  ),
  ...[
    [1, 1, 1],
    [1, 3, 1],
    [3, 1, 2],
    [1, 5, 4],
    [0, 3, 2],
    [2, 3, 0],
  ].map(
    ([M, K, N]): OperatorCase => ({
      name: `matmul: M ${M}, K ${K}, N ${N} at rank 2, 3 by 2 and 3`,
      inputs: (random) => [
        random.normal([M, K]),
        random.normal([K, N]),
        random.normal([2, M, K]),
        random.normal([2, K, N]),
      ],
      fn: (a, b, c, d) => [matmul(a, b), matmul(c, b), matmul(c, d)],
    }),
  ),
  {
    name: 'matmul: an empty sum is 0',
    inputs: (random) => [
      random.normal([2, 0]),
      random.normal([0, 3]),
      random.normal([2, 2, 0]),
      random.normal([2, 0, 3]),
    ],
    fn: (a, b, c, d) => [matmul(a, b), matmul(c, d), matmul(c, b)],
    expected: () => [new Float64Array(6), new Float64Array(12), new Float64Array(12)],
  },
  {
    name: 'matmul: a matrix with itself',
    inputs: (random) => [random.normal([3, 3])],
    fn: (x) => square(matmul(x, x, { transposeB: true })),
  },
  {
    name: 'matmul: by hand',
    inputs: (random) => [random.normal([2, 3, 4]), random.normal([4, 2])],
    fn: (x, y) => matmul(x, y, { scale: 2 }),
    expected: (x, y) => [
      rows(x).flatMap((row) =>
        [0, 1].map((column) => 2 * row.reduce((total, value, k) => total + value * y.data[2 * k + column], 0)),
      ),
    ],
  },
  {
    name: 'matmul: large',
    inputs: (random) => [random.normal([96, 128]), random.normal([128, 80])],
    fn: (x, y) => matmul(x, y),
  },
  {
    name: 'matmul: large, batched and transposed',
    inputs: (random) => [random.normal([6, 48, 64]), random.normal([6, 40, 64])],
    fn: (x, y) => matmul(x, y, { transposeB: true, scale: 0.125 }),
  },
  {
    name: 'matmul: large, rows of many batch entries by one matrix',
    inputs: (random) => [random.normal([6, 48, 64]), random.normal([64, 40])],
    fn: (x, y) => matmul(x, y),
  },
]

function rows({ shape, data }: TensorData): number[][] {
  const length = shape[shape.length - 1]
  return Array.from({ length: data.length / length }, (_, row) =>
    Array.from(data.slice(row * length, (row + 1) * length)),
  )
}
