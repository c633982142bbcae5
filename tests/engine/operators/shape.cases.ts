/** Operators that give numbers another shape: every axis, nothing at all, every type. */
import { mul } from '#seqlab/engine/operators/elementwise.js'
import { broadcastTo, full, reshape, squeeze, transpose, unsqueeze, zeros } from '#seqlab/engine/operators/shape.js'
import type { OperatorCase } from './harness.js'
import { integral, squared } from './moved.js'
import { f32 } from './random.js'
import { broadcastPairs, large } from './shapes.js'

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const

export const cases: OperatorCase[] = [
  {
    name: 'reshape: to every divisor',
    inputs: (r) => [r.normal([2, 3, 4])],
    fn: (x) => [[24], [6, -1], [1, 4, 1, 6], [2, 2, 2, 3, 1]].map((shape) => reshape(squared(x), shape)),
  },
  {
    name: 'reshape: to and from rank 0',
    inputs: (r) => [r.normal([1, 1]), r.normal([])],
    fn: (x, y) => [reshape(squared(x), []), reshape(squared(y), [1, 1, 1])],
  },
  {
    name: 'reshape: nothing',
    inputs: (r) => [r.normal([2, 0, 3])],
    fn: (x) => [reshape(x, [0, 5]), reshape(squared(x), [6, 0])],
  },
  { name: 'reshape: to its own shape', inputs: (r) => [r.normal([2, 3])], fn: (x) => reshape(x, [2, -1]) },
  {
    name: 'unsqueeze: every axis',
    inputs: (r) => [r.normal([2, 3])],
    fn: (x) => [0, 1, 2, -1, -3].map((axis) => unsqueeze(squared(x), axis)),
  },
  {
    name: 'squeeze: every axis',
    inputs: (r) => [r.normal([1, 2, 1])],
    fn: (x) => [0, 2, -1].map((axis) => squeeze(squared(x), axis)),
  },

  ...orders.map(
    (order): OperatorCase => ({
      name: `transpose: [${order}]`,
      inputs: (r) => [r.normal([2, 3, 4])],
      fn: (x) => transpose(squared(x), order),
    }),
  ),
  {
    name: 'transpose: the last two axes by default',
    inputs: (r) => [r.normal([2, 3]), r.normal([2, 1, 2, 3, 2])],
    fn: (x, y) => [transpose(squared(x)), transpose(y)],
  },
  {
    name: 'transpose: five axes',
    inputs: (r) => [r.normal([2, 1, 2, 3, 2])],
    fn: (x) => transpose(squared(x), [3, 0, 4, 2, 1]),
  },
  {
    name: 'transpose: by hand',
    inputs: () => [f32([2, 3], [1, 2, 3, 4, 5, 6])],
    fn: (x) => transpose(x),
    expected: () => [[1, 4, 2, 5, 3, 6]],
  },
  { name: 'transpose: nothing', inputs: (r) => [r.normal([2, 0, 3])], fn: (x) => transpose(x, [2, 0, 1]) },
  { name: 'transpose: large', inputs: (r) => [r.normal(large)], fn: (x) => transpose(squared(x)) },

  ...broadcastPairs.map(
    ([from, to]): OperatorCase => ({
      name: `broadcastTo: [${from}] with [${to}]`,
      inputs: (r) => [r.normal(from), r.normal(to)],
      fn: (x, y) => broadcastTo(squared(x), mul(x, y).shape),
    }),
  ),
  {
    name: 'broadcastTo: a number',
    inputs: () => [],
    fn: () => broadcastTo(2.5, [2, 2]),
    expected: () => [[2.5, 2.5, 2.5, 2.5]],
  },
  {
    name: 'full: every type',
    inputs: () => [],
    fn: () => [full([2], 1.5), full([1, 2], -3, 'i32'), full([2, 1], 1, 'bool'), full([], 4), full([0, 2], 7)],
    expected: () => [[1.5, 1.5], [-3, -3], [1, 1], [4], []],
  },
  {
    name: 'zeros: every type',
    inputs: () => [],
    fn: () => [zeros([2]), zeros([2], 'i32'), zeros([2], 'bool')],
    expected: () => [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },

  ...integral('reshape', (x) => reshape(x, [3, 8])),
  ...integral('transpose', (x) => transpose(x)),
  ...integral('broadcastTo', (x) => broadcastTo(unsqueeze(x, 1), [4, 2, 6])),
]
