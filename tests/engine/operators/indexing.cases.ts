/** Reading and adding at computed positions: repeated indices, every axis, one-hot gradients and scattered ones. */

import { gather, gatherElements, oneHot, scatterAdd, scatterAddElements } from '#seqlab/engine/operators/indexing.js'
import { sin } from '#seqlab/engine/operators/unary.js'
import type { Shape } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import { bool, f32, i32, type Random } from './random.js'

/** Indices that hit the first two positions again and again. */
const repeated = (r: Random, shape: Shape, extent: number) => {
  const { data } = r.integers(shape, 0, extent)
  return i32(shape, data.map((index, i) => (i % 3 === 0 ? i % 2 : index)) as Int32Array)
}

export const cases: OperatorCase[] = [
  ...[0, 1, 2, -1].flatMap((axis): OperatorCase[] => {
    const shape = [3, 4, 2]
    const extent = shape[axis < 0 ? axis + 3 : axis]
    const along = shape.map((size, at) => (at === (axis + 3) % 3 ? 7 : size))
    const rows = [...shape.slice(0, (axis + 3) % 3), 2, 3, ...shape.slice(((axis + 3) % 3) + 1)]
    return [
      {
        name: `gather: repeated indices of rank 2 along axis ${axis}`,
        inputs: (r) => [r.normal(shape), repeated(r, [2, 3], extent)],
        fn: (x, indices) => gather(squared(x), indices, axis),
      },
      {
        name: `scatterAdd: repeated indices of rank 2 along axis ${axis}`,
        inputs: (r) => [r.normal(shape), repeated(r, [2, 3], extent), r.normal(rows)],
        fn: (x, indices, updates) => sin(scatterAdd(x, indices, updates, axis)),
      },
      {
        name: `gatherElements: repeated indices along axis ${axis}`,
        inputs: (r) => [r.normal(shape), repeated(r, along, extent)],
        fn: (x, indices) => gatherElements(squared(x), indices, axis),
      },
      {
        name: `scatterAddElements: repeated indices along axis ${axis}`,
        inputs: (r) => [r.normal(shape), repeated(r, along, extent), r.normal(along)],
        fn: (x, indices, updates) => sin(scatterAddElements(x, indices, updates, axis)),
      },
    ]
  }),
  {
    name: 'gather: a table narrow enough for one-hot gradients',
    inputs: (r) => [r.normal([5, 32]), repeated(r, [2, 4], 5)],
    fn: (x, indices) => gather(squared(x), indices, 0),
  },
  {
    name: 'gather: a table too long for one-hot gradients',
    inputs: (r) => [r.normal([300, 3]), repeated(r, [9], 300)],
    fn: (x, indices) => gather(squared(x), indices, 0),
  },
  {
    name: 'gather: many repeated rows at both threads',
    inputs: (r) => [r.normal([300, 64]), repeated(r, [1500], 300)],
    fn: (x, indices) => gather(x, indices, 0),
    second: false,
    repeats: 5,
  },
  {
    name: 'gather: an index of rank 0, and of a vector',
    inputs: (r) => [r.normal([2, 3]), r.normal([4]), i32([], [1])],
    fn: (x, y, index) => [gather(squared(x), index, 1), gather(squared(y), index, 0)],
  },
  {
    name: 'gather: nothing',
    inputs: (r) => [r.normal([3, 2]), i32([0], [])],
    fn: (x, indices) => gather(squared(x), indices, 0),
  },
  {
    name: 'gather: integers and booleans',
    inputs: () => [i32([3], [7, 8, 9]), bool([3], [1, 0, 0]), i32([4], [2, 0, 0, 1])],
    fn: (x, y, indices) => [gather(x, indices, 0), gather(y, indices, 0)],
    expected: () => [
      [9, 7, 7, 8],
      [0, 1, 1, 0],
    ],
  },

  {
    name: 'scatterAdd: by hand',
    inputs: () => [f32([3, 2], [1, 2, 3, 4, 5, 6]), i32([3], [2, 0, 2]), f32([3, 2], [10, 20, 30, 40, 50, 60])],
    fn: (x, indices, updates) => scatterAdd(x, indices, updates, 0),
    expected: () => [[31, 42, 3, 4, 65, 86]],
  },
  {
    name: 'scatterAdd: thousands of updates to two rows at both threads',
    inputs: (r) => [r.normal([2, 64]), r.integers([3000], 0, 2), r.normal([3000, 64])],
    fn: (x, indices, updates) => scatterAdd(x, indices, updates, 0),
    second: false,
    repeats: 5,
  },
  {
    name: 'scatterAdd: integers',
    inputs: (r) => [r.integers([4, 2], -9, 9), repeated(r, [6], 4), r.integers([6, 2], -9, 9)],
    fn: (x, indices, updates) => scatterAdd(x, indices, updates, 0),
  },
  {
    name: 'scatterAdd: nothing',
    inputs: (r) => [r.normal([3, 2]), i32([0], []), r.normal([0, 2])],
    fn: (x, indices, updates) => squared(scatterAdd(x, indices, updates, 0)),
  },

  {
    name: 'gatherElements: by hand',
    inputs: () => [f32([2, 3], [1, 2, 3, 4, 5, 6]), i32([2, 2], [2, 0, 1, 1])],
    fn: (x, indices) => gatherElements(x, indices, 1),
    expected: () => [[3, 1, 5, 5]],
    expectedGradients: [[1, 0, 1, 0, 2, 0]],
  },
  {
    name: 'gatherElements: integers and booleans',
    inputs: (r) => [r.integers([4, 3], -9, 9), r.booleans([4, 3]), repeated(r, [4, 5], 3)],
    fn: (x, y, indices) => [gatherElements(x, indices, 1), gatherElements(y, indices, 1)],
  },
  {
    name: 'gatherElements: large, at both threads',
    inputs: (r) => [r.normal([90, 50]), r.integers([90, 500], 0, 50)],
    fn: (x, indices) => gatherElements(x, indices, 1),
    second: false,
    repeats: 5,
  },
  {
    name: 'scatterAddElements: large, at both threads',
    inputs: (r) => [r.normal([90, 50]), r.integers([90, 500], 0, 50), r.normal([90, 500])],
    fn: (x, indices, updates) => scatterAddElements(x, indices, updates, 1),
    second: false,
    repeats: 5,
  },

  {
    name: 'oneHot: indices inside and outside',
    inputs: () => [i32([2, 3], [0, 2, 1, -1, 3, 2])],
    fn: (indices) => oneHot(indices, 3),
    expected: () => [[1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  },
]
