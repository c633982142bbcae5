/** Order along an axis. */
import { argSort, sort, topK } from '#seqlab/engine/operators/sort.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import { f32 } from './random.js'

const both = ({ values, indices }: { values: Tensor; indices: Tensor }) => [squared(values), indices]
const tied = [3, 1, 3, 2, 1, 3, 2, 1]

export const cases: OperatorCase[] = [
  ...[0, 1, 2, -1].flatMap((axis): OperatorCase[] => [
    {
      name: `topK: the two largest and smallest along axis ${axis}`,
      inputs: (r) => [r.distinct([3, 4, 2])],
      fn: (x) => [...both(topK(x, 2, axis)), ...both(topK(x, 2, axis, { largest: false }))],
    },
    {
      name: `sort: both ways along axis ${axis}`,
      inputs: (r) => [r.distinct([3, 4, 2])],
      fn: (x) => [squared(sort(x, axis)), squared(sort(x, axis, { descending: true }))],
    },
    {
      name: `argSort: both ways along axis ${axis}`,
      inputs: (r) => [r.distinct([3, 4, 2])],
      fn: (x) => [argSort(x, axis), argSort(x, axis, { descending: true })],
    },
  ]),
  {
    name: 'topK: of equal values the first comes first',
    inputs: () => [f32([8], tied)],
    fn: (x) => [topK(x, 4, 0).indices, topK(x, 4, 0, { largest: false }).indices],
    expected: () => [
      [0, 2, 5, 3],
      [1, 4, 7, 3],
    ],
  },
  { name: 'topK: none of them', inputs: (r) => [r.normal([3, 4])], fn: (x) => both(topK(x, 0, 1)) },
  {
    name: 'topK: of integers, with many ties, at every size of heap',
    inputs: (r) => [r.integers([4, 1000], 0, 20)],
    fn: (x) => [1, 30, 999].flatMap((k) => [topK(x, k, 1).indices, topK(x, k, 1, { largest: false }).values]),
  },
  {
    name: 'sort: infinities, by hand',
    inputs: () => [f32([5], [2, Infinity, -1, -Infinity, 0])],
    fn: (x) => sort(x, 0),
    kinks: 'infinite values',
    expected: () => [[-Infinity, -1, 0, 2, Infinity]],
  },
  { name: 'sort: large', inputs: (r) => [r.distinct([20, 1500])], fn: (x) => sort(x, 1), second: false },
  { name: 'sort: nothing', inputs: (r) => [r.normal([2, 0])], fn: (x) => [sort(squared(x), 1), sort(squared(x), 0)] },
  {
    name: 'argSort: equal values keep their order',
    inputs: () => [f32([8], tied)],
    fn: (x) => [argSort(x, 0), argSort(x, 0, { descending: true })],
    expected: () => [
      [1, 4, 7, 3, 6, 0, 2, 5],
      [0, 2, 5, 3, 6, 1, 4, 7],
    ],
  },
]
