/** Comparison, logic, selection and casts. */
import type { TensorLike } from '#seqlab/engine/operators/constant.js'
import {
  and,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  mul,
  or,
} from '#seqlab/engine/operators/elementwise.js'
import { cast, where } from '#seqlab/engine/operators/selection.js'
import { log, sqrt } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { bool, f32, i32, type Random } from './random.js'
import { broadcastPairs, large } from './shapes.js'

type Compare = (a: TensorLike, b: TensorLike) => Tensor
const comparisons: readonly [string, Compare, (a: number, b: number) => boolean][] = [
  ['equal', equal, (a, b) => a === b],
  ['less', less, (a, b) => a < b],
  ['lessEqual', lessEqual, (a, b) => a <= b],
  ['greater', greater, (a, b) => a > b],
  ['greaterEqual', greaterEqual, (a, b) => a >= b],
]
const left = [1, 2, 3, -1, Number.NaN, Infinity, -Infinity, Number.NaN]
const right = [2, 2, 2, -1, Number.NaN, Infinity, Infinity, 1]
const logic: readonly [string, Compare, (a: number, b: number) => number][] = [
  ['and', and, (a, b) => a & b],
  ['or', or, (a, b) => a | b],
  ['equal', equal, (a, b) => +(a === b)],
]
const numbers = [-2.75, -1, -0.25, 0, 0.5, 1, 2.99, 1e6]

export const cases: OperatorCase[] = [
  ...comparisons.flatMap(([name, fn, f]): OperatorCase[] => [
    {
      name: `${name}: ties, infinities and NaN`,
      inputs: () => [f32([8], left), f32([8], right)],
      fn,
      expected: () => [left.map((a, index) => +f(a, right[index]))],
    },
    {
      name: `${name}: integers`,
      inputs: (random) => [random.integers([3, 4], -3, 3), random.integers([4], -3, 3)],
      fn,
    },
    { name: `${name}: a number`, inputs: (random) => [random.normal([3])], fn: (x) => fn(x, 0) },
    { name: `${name}: large`, inputs: (random) => [random.normal(large), random.normal(large.slice(1))], fn },
    ...broadcastPairs.map(
      ([a, b]): OperatorCase => ({
        name: `${name}: [${a}] and [${b}]`,
        inputs: (random) => [random.integers(a, 0, 2), random.integers(b, 0, 2)],
        fn,
      }),
    ),
  ]),
  ...logic.map(
    ([name, fn, f]): OperatorCase => ({
      name: `${name}: the truth table`,
      inputs: () => [bool([2, 1], [0, 1]), bool([2], [0, 1])],
      fn,
      expected: () => [[f(0, 0), f(0, 1), f(1, 0), f(1, 1)]],
    }),
  ),

  ...broadcastPairs.flatMap(([a, b]): OperatorCase[] => [
    {
      name: `where: condition [${a}], branches [${b}]`,
      inputs: (r) => [r.booleans(a), r.normal(b), r.normal(b)],
      fn: where,
    },
    {
      name: `where: condition and first branch [${a}], second [${b}]`,
      inputs: (r) => [r.booleans(a), r.normal(a), r.normal(b)],
      fn: where,
    },
    {
      name: `where: condition and second branch [${a}], first [${b}]`,
      inputs: (r) => [r.booleans(a), r.normal(b), r.normal(a)],
      fn: where,
    },
  ]),
  {
    name: 'where: integers',
    inputs: (r) => [r.booleans([6]), r.integers([6], -9, 9), r.integers([], -9, 9)],
    fn: where,
  },
  { name: 'where: booleans', inputs: (r) => [r.booleans([6]), r.booleans([6]), r.booleans([])], fn: where },
  {
    name: 'where: numbers as branches',
    inputs: (r) => [r.booleans([6]), r.normal([6])],
    fn: (c, x) => [where(c, x, 0), where(c, -1, x), where(c, 2, 3)],
  },
  {
    name: 'where: NaN and infinity in the branch not taken stay out of values and gradients',
    inputs: () => [
      bool([4], [1, 0, 1, 0]),
      f32([4], [1, Number.NaN, 2, -Infinity]),
      f32([4], [Number.NaN, 3, Infinity, 4]),
    ],
    fn: where,
    expected: () => [[1, 3, 2, 4]],
    expectedGradients: [
      [1, 0, 1, 0],
      [0, 1, 0, 1],
    ],
  },
  {
    name: 'where: a branch computed outside its domain',
    inputs: () => [f32([4], [-1, 2, -3, 0.5])],
    fn: (x) => [where(greater(x, 0), log(x), mul(x, 2)), where(greater(x, 0), div(1, x), 0)],
    expectedGradients: [[2, 0.5 - 0.25, 2, 2 - 4]],
  },
  {
    name: 'where: the double selection that keeps a root at zero out of the gradient',
    inputs: () => [f32([3], [0, 1, 4])],
    fn: (x) => where(greater(x, 0), sqrt(where(greater(x, 0), x, 1)), 0),
    kinks: 'zero',
    expected: () => [[0, 1, 2]],
    expectedGradients: [[0, 0.5, 0.25]],
  },

  {
    name: 'cast: f32 to i32 truncates towards zero',
    inputs: () => [f32([8], numbers)],
    fn: (x) => cast(x, 'i32'),
    expected: () => [numbers.map(Math.trunc)],
  },
  {
    name: 'cast: f32 to bool',
    inputs: () => [f32([3], [0, -0.5, 2])],
    fn: (x) => cast(x, 'bool'),
    expected: () => [[0, 1, 1]],
  },
  { name: 'cast: i32 to f32', inputs: (r) => [r.integers([2, 3], -1000, 1000)], fn: (x) => cast(x, 'f32') },
  {
    name: 'cast: i32 to bool',
    inputs: () => [i32([3], [0, -5, 2])],
    fn: (x) => cast(x, 'bool'),
    expected: () => [[0, 1, 1]],
  },
  { name: 'cast: bool to f32', inputs: (r) => [r.booleans([2, 3])], fn: (x) => cast(x, 'f32') },
  { name: 'cast: bool to i32', inputs: (r) => [r.booleans([2, 3])], fn: (x) => cast(x, 'i32') },
  { name: 'cast: to its own type', inputs: (r: Random) => [r.normal([3])], fn: (x) => mul(cast(x, 'f32'), x) },
  {
    name: 'cast: no gradient passes an integer',
    inputs: (r: Random) => [r.normal([3], 4)],
    fn: (x) => cast(cast(x, 'i32'), 'f32'),
  },
]
