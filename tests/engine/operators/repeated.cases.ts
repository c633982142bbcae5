/**
 * Repeated indices, many and few targets, large enough for two threads to add to the same place at the same time: ONNX
 * Runtime's ScatterND loses updates so, silently.
 */

import { gather, gatherElements, scatterAdd, scatterAddElements } from '#seqlab/engine/operators/indexing.js'
import { square } from '#seqlab/engine/operators/unary.js'
import type { Shape } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { f32, i32 } from './random.js'

/** Extent of the indexed axis, number of indices, width of a slice. */
const sizes: readonly (readonly [number, number, number])[] = [
  [3, 6000, 1],
  [2, 1500, 40],
  [300, 1500, 40],
  [1, 400, 64],
]
const repeats = 6

export const cases: OperatorCase[] = [
  ...sizes.flatMap(([extent, count, width]): OperatorCase[] => {
    const about = `${count} indices into ${extent} slices of ${width}`
    const table: Shape = [extent, width]
    return [
      {
        name: `gather: ${about}`,
        inputs: (r) => [r.normal(table), r.integers([count], 0, extent)],
        fn: (x, at) => gather(x, at, 0),
        repeats,
      },
      {
        name: `gather: ${about}, along the last axis`,
        inputs: (r) => [r.normal([width, extent]), r.integers([count], 0, extent)],
        fn: (x, at) => gather(x, at, 1),
        repeats,
      },
      {
        name: `scatterAdd: ${about}`,
        inputs: (r) => [r.normal(table), r.integers([count], 0, extent), r.normal([count, width])],
        fn: (x, at, updates) => scatterAdd(x, at, updates, 0),
        repeats,
      },
      {
        name: `gatherElements: ${about}`,
        inputs: (r) => [r.normal(table), r.integers([count, width], 0, extent)],
        fn: (x, at) => gatherElements(x, at, 0),
        repeats,
      },
      {
        name: `scatterAddElements: ${about}`,
        inputs: (r) => [r.normal(table), r.integers([count, width], 0, extent), r.normal([count, width])],
        fn: (x, at, updates) => scatterAddElements(x, at, updates, 0),
        repeats,
      },
    ]
  }),
  {
    name: 'gather: repeated indices by hand',
    inputs: () => [f32([3, 1], [1, 2, 3]), i32([4], [2, 0, 2, 2])],
    fn: (x, at) => square(gather(x, at, 0)),
    expected: () => [[9, 1, 9, 9]],
    expectedGradients: [[2, 0, 18]],
  },
  {
    name: 'scatterAdd: repeated indices by hand',
    inputs: () => [f32([3, 1], [1, 2, 3]), i32([4], [2, 0, 2, 2]), f32([4, 1], [1, 1, 1, 5])],
    fn: (x, at, updates) => square(scatterAdd(x, at, updates, 0)),
    expected: () => [[4, 4, 100]],
    expectedGradients: [
      [4, 4, 20],
      [20, 4, 20, 20],
    ],
  },
]
