/** Running totals along an axis. */
import {
  cumulativeLogSumExp,
  cumulativeMax,
  cumulativeProduct,
  cumulativeSum,
} from '#seqlab/engine/operators/cumulative.js'
import { sin } from '#seqlab/engine/operators/unary.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import { f32 } from './random.js'
import { large } from './shapes.js'

const orders = [false, true].flatMap((exclusive) => [false, true].map((reverse) => ({ exclusive, reverse })))

export const cases: OperatorCase[] = [
  ...[0, 1, 2, -1].flatMap((axis): OperatorCase[] => [
    {
      name: `cumulativeSum: every order along axis ${axis}`,
      inputs: (r) => [r.normal([3, 4, 2])],
      fn: (x) => orders.map((order) => sin(cumulativeSum(x, axis, order))),
    },
    {
      name: `cumulativeProduct: every order along axis ${axis}`,
      inputs: (r) => [r.normal([3, 4, 2])],
      fn: (x) => orders.map((order) => cumulativeProduct(x, axis, order)),
    },
    {
      name: `cumulativeMax: both ways along axis ${axis}`,
      inputs: (r) => [r.distinct([3, 4, 2])],
      fn: (x) => [sin(cumulativeMax(x, axis)), sin(cumulativeMax(x, axis, { reverse: true }))],
    },
    {
      name: `cumulativeLogSumExp: both ways along axis ${axis}`,
      inputs: (r) => [r.normal([3, 4, 2], 3)],
      fn: (x) => [sin(cumulativeLogSumExp(x, axis)), sin(cumulativeLogSumExp(x, axis, { reverse: true }))],
    },
  ]),
  {
    name: 'cumulativeSum: of integers, by hand',
    inputs: (r) => [r.integers([3, 7], -9, 9), f32([3], [1, 2, 4])],
    fn: (x, y) => [...orders.map((order) => cumulativeSum(y, 0, order)), cumulativeSum(x, 1)],
    expected: () => [
      [1, 3, 7],
      [7, 6, 4],
      [0, 1, 3],
      [6, 4, 0],
    ],
  },
  {
    name: 'cumulativeSum: an infinity stays behind itself',
    inputs: () => [f32([4], [1, 2, -Infinity, 3])],
    fn: (x) => cumulativeSum(x, 0),
    kinks: 'infinite values',
    expected: () => [[1, 3, -Infinity, -Infinity]],
  },
  { name: 'cumulativeSum: large', inputs: (r) => [r.normal(large)], fn: (x) => [cumulativeSum(squared(x), 1)] },

  {
    name: 'cumulativeProduct: zeros at the ends and two in a row',
    inputs: () => [f32([7], [0, 2, -3, 0, 0, 1.5, 0])],
    fn: (x) => orders.map((order) => cumulativeProduct(x, 0, order)),
  },
  {
    name: 'cumulativeProduct: by hand',
    inputs: () => [f32([4], [2, 3, 0, 5])],
    fn: (x) => cumulativeProduct(x, 0),
    expected: () => [[2, 6, 0, 0]],
    expectedGradients: [[1 + 3, 2, 6 + 6 * 5, 0]],
  },
  {
    name: 'cumulativeProduct: over many steps',
    inputs: (r) => [r.uniform([2, 64, 3], 0.8, 1.2)],
    fn: (x) => cumulativeProduct(x, 1),
  },

  {
    name: 'cumulativeMax: over many steps',
    inputs: (r) => [r.distinct([2, 40, 3])],
    fn: (x) => sin(cumulativeMax(x, 1)),
  },
  {
    name: 'cumulativeMax: a tie shares its gradient',
    inputs: () => [f32([4], [0, 1, 1, 0.5])],
    fn: (x) => cumulativeMax(x, 0),
    kinks: 'a tie',
    expected: () => [[0, 1, 1, 1]],
    expectedGradients: [[1, 2, 1, 0]],
  },
  {
    name: 'cumulativeMax: minus infinity gives way',
    inputs: () => [f32([4], [-Infinity, -2, -Infinity, 0])],
    fn: (x) => cumulativeMax(x, 0),
    differentiable: false,
    expected: () => [[-Infinity, -2, -2, 0]],
  },

  {
    name: 'cumulativeLogSumExp: values a thousand apart',
    inputs: () => [f32([6], [-1000, 0, 1000, 1000, -1000, 1000.5])],
    fn: (x) => [cumulativeLogSumExp(x, 0), cumulativeLogSumExp(x, 0, { reverse: true })],
  },
  {
    name: 'cumulativeLogSumExp: minus infinity first and among others',
    inputs: () => [f32([4], [-Infinity, 1, -Infinity, 2])],
    fn: (x) => cumulativeLogSumExp(x, 0),
    differentiable: false,
    expected: () => [[-Infinity, 1, 1, Math.log(Math.exp(1) + Math.exp(2))]],
  },
  {
    name: 'cumulativeLogSumExp: against exp and log',
    inputs: (r) => [r.normal([40], 2)],
    fn: (x) => cumulativeLogSumExp(x, 0),
    expected: ({ data }) => {
      const upTo = (t: number) =>
        Array.from(data)
          .slice(0, t + 1)
          .reduce((total, value) => total + Math.exp(value), 0)
      return [Array.from(data, (_, t) => Math.log(upTo(t)))]
    },
  },
  {
    name: 'cumulativeLogSumExp: nothing',
    inputs: (r) => [r.normal([2, 0])],
    fn: (x) => [cumulativeLogSumExp(x, 0), cumulativeMax(x, 1), cumulativeProduct(x, 1, { exclusive: true })],
  },
]
