/** Reductions: every axis and set of axes, kept or not, ties, infinities, empty axes, integers. */
import { div, equal, mul } from '#seqlab/engine/operators/elementwise.js'
import { max, mean, min, stopGradient, sum, sumTo } from '#seqlab/engine/operators/reduce.js'
import { square } from '#seqlab/engine/operators/unary.js'
import type { Shape, Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { f32, i32, type Random } from './random.js'
import { broadcastPairs, everyRank, large } from './shapes.js'

type Reduce = typeof sum
const reductions: readonly [string, Reduce, (random: Random, shape: Shape) => ReturnType<Random['normal']>][] = [
  ['sum', sum, (random, shape) => random.normal(shape)],
  ['mean', mean, (random, shape) => random.normal(shape)],
  ['max', max, (random, shape) => random.distinct(shape)],
  ['min', min, (random, shape) => random.distinct(shape)],
]
const axes = [0, 1, 2, -1, [0, 1], [0, 2], [2, 1], [-3, -1], [0, 1, 2]]
const hidden = Number.NEGATIVE_INFINITY
const tied = [3, 1, 3, 3, -2, -2, -2, -5]

export const cases: OperatorCase[] = [
  ...reductions.flatMap(([name, fn, draw]): OperatorCase[] => [
    ...axes.map(
      (list): OperatorCase => ({
        name: `${name}: over [${list}], kept and not`,
        inputs: (r) => [draw(r, [2, 3, 4])],
        fn: (x) => [square(fn(x, list)), fn(square(x), list, { keep: true })],
        // Squares of evenly spaced numbers tie.
        ...(fn === max || fn === min ? { fn: (x: Tensor) => [square(fn(x, list)), fn(x, list, { keep: true })] } : {}),
      }),
    ),
    ...everyRank.slice(0, -1).map(
      (shape): OperatorCase => ({
        name: `${name}: all of [${shape}]`,
        inputs: (r) => [draw(r, shape)],
        fn: (x) => square(fn(x)),
      }),
    ),
    { name: `${name}: no axes at all`, inputs: (r) => [draw(r, [2, 3])], fn: (x) => square(fn(x, [])) },
    { name: `${name}: an axis of one`, inputs: (r) => [draw(r, [2, 1, 3])], fn: (x) => square(fn(x, 1)) },
    {
      name: `${name}: an empty axis beside the reduced one`,
      inputs: (r) => [draw(r, [2, 0, 3])],
      fn: (x) => [fn(x, 0), fn(x, 2, { keep: true })],
    },
    { name: `${name}: large, along the rows`, inputs: (r) => [draw(r, large)], fn: (x) => square(fn(x, 1)) },
    { name: `${name}: large, down the columns`, inputs: (r) => [draw(r, large)], fn: (x) => square(fn(x, 0)) },
    { name: `${name}: large, everything`, inputs: (r) => [draw(r, large)], fn: (x) => square(fn(x)) },
  ]),
  {
    name: 'sum: an empty axis is 0',
    inputs: (r) => [r.normal([2, 0])],
    fn: (x) => sum(x, 1),
    expected: () => [[0, 0]],
  },
  {
    name: 'mean: by hand',
    inputs: () => [f32([2, 3], [1, 2, 3, 4, 5, 9])],
    fn: (x) => [mean(x, 1), mean(x)],
    expected: () => [[2, 6], [4]],
  },
  {
    // ONNX Runtime saturates where a sum leaves 32 bits, the reference wraps: neither is promised.
    name: 'sum: integers beyond the precision of float32',
    inputs: () => [i32([2, 2], [2 ** 31 - 2, 1, -4, 3])],
    fn: (x) => [sum(x, 1), sum(x, 0), sum(x)],
    expected: () => [[2 ** 31 - 1, -1], [2 ** 31 - 6, 4], [2 ** 31 - 2]],
  },
  {
    name: 'max: negative integers',
    inputs: () => [i32([2, 2], [-3, -2, -(2 ** 31), -7])],
    fn: (x) => max(x, 1),
    expected: () => [[-2, -7]],
  },
  {
    name: 'min: positive integers',
    inputs: () => [i32([2, 2], [3, 2, 2 ** 31 - 1, 7])],
    fn: (x) => min(x, 1),
    expected: () => [[2, 7]],
  },
  {
    name: 'max: ties share the gradient',
    inputs: () => [f32([2, 4], tied)],
    fn: (x) => max(x, 1),
    kinks: 'ties',
    expectedGradients: [[1 / 3, 0, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 0]],
  },
  {
    name: 'min: ties share the gradient',
    inputs: () => [f32([2, 3], [1, 1, 2, 4, 4, 4])],
    fn: (x) => min(x, 1),
    kinks: 'ties',
    expectedGradients: [[0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3]],
  },
  {
    name: 'max: infinities',
    inputs: () => [f32([3, 2], [hidden, 1, hidden, hidden, Infinity, 2])],
    fn: (x) => max(x, 1),
    kinks: 'infinities',
    expected: () => [[1, hidden, Infinity]],
    expectedGradients: [[0, 1, 0.5, 0.5, 1, 0]],
  },

  ...broadcastPairs.map(
    ([from, to]): OperatorCase => ({
      name: `sumTo: back to [${from}] from [${to}]`,
      inputs: (r) => [r.normal(from), r.normal(to)],
      fn: (x, y) => square(sumTo(mul(x, y), x.shape)),
    }),
  ),
  {
    name: 'stopGradient: passes the value, not the gradient',
    inputs: (r) => [r.normal([3])],
    fn: (x) => mul(stopGradient(x), 2),
    kinks: 'stopped on purpose',
    expectedGradients: [[0, 0, 0]],
  },
  {
    name: 'stopGradient: one factor of two',
    inputs: () => [f32([2], [3, -4])],
    fn: (x) => mul(stopGradient(x), x),
    kinks: 'stopped on purpose',
    expectedGradients: [[3, -4]],
  },

  {
    name: 'max: chosen entries found again by comparison',
    inputs: (r) => [r.distinct([3, 4])],
    fn: (x) => equal(x, max(x, 1, { keep: true })),
  },
  {
    name: 'sum: a distribution normalised',
    inputs: (r) => [r.uniform([3, 4], 0.1, 1)],
    fn: (x) => div(x, sum(x, 1, { keep: true })),
  },
]
