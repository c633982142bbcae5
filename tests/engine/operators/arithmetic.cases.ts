/** Arithmetic of two operands: broadcasting in every direction, ties, extreme values, 32-bit integers that wrap. */
import {
  add,
  bitAnd,
  bitOr,
  bitXor,
  div,
  maximum,
  minimum,
  mod,
  mul,
  pow,
  shiftLeft,
  shiftRight,
  sub,
} from '#seqlab/engine/operators/elementwise.js'
import type { Shape, Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { f32, i32, type Random } from './random.js'
import { broadcastPairs, large } from './shapes.js'

const lowest = -(2 ** 31)
const highest = 2 ** 31 - 1
const anything = (random: Random, shape: Shape) => random.normal(shape)
const awayFromZero = (random: Random, shape: Shape) => random.uniform(shape, 0.5, 2)
type Draw = typeof anything

const operators: readonly [(a: Tensor, b: Tensor) => Tensor, string, Draw, Draw][] = [
  [add, 'add', anything, anything],
  [sub, 'sub', anything, anything],
  [mul, 'mul', anything, anything],
  [div, 'div', anything, awayFromZero],
  [pow, 'pow', awayFromZero, anything],
  [maximum, 'maximum', anything, anything],
  [minimum, 'minimum', anything, anything],
]

const integers = [7, -7, 7, -7, 0, highest, lowest, lowest, 123456789, -5]
const others = [2, 2, -2, -2, 3, 1, 2, 3, 987654321, 5]
const integerCase = (
  name: string,
  fn: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
): OperatorCase => ({
  name: `${name}: integers`,
  inputs: () => [i32([10], integers), i32([10], others)],
  fn,
  expected: () => [integers.map((a, index) => f(a, others[index]))],
})
const shifts = [0, 1, 5, 16, 31]
const shifted = [1, -1, lowest, highest, 0x12345678]
const shiftCase = (
  name: string,
  fn: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
): OperatorCase => ({
  name: `${name}: every amount from 0 to 31, filling with zeros`,
  inputs: () => [i32([5, 1], shifted), i32([5], shifts)],
  fn,
  expected: () => [shifted.flatMap((a) => shifts.map((b) => f(a, b) | 0))],
})

export const cases: OperatorCase[] = [
  ...operators.flatMap(([fn, name, left, right]) => [
    ...broadcastPairs.map(
      ([a, b]): OperatorCase => ({
        name: `${name}: [${a}] and [${b}]`,
        inputs: (random) => [left(random, a), right(random, b)],
        fn,
      }),
    ),
    { name: `${name}: large`, inputs: (random: Random) => [left(random, large), right(random, large.slice(1))], fn },
    {
      name: `${name}: one operand twice`,
      inputs: (random: Random) => [awayFromZero(random, [4])],
      fn: (x: Tensor) => fn(x, add(mul(x, x), 1)),
    },
  ]),

  {
    name: 'add: numbers on either side',
    inputs: (random) => [random.normal([3])],
    fn: (x) => [add(x, 2), add(0.1, x)],
  },
  {
    name: 'sub: numbers on either side',
    inputs: (random) => [random.normal([3])],
    fn: (x) => [sub(x, 2), sub(0.1, x)],
  },
  {
    name: 'mul: numbers on either side',
    inputs: (random) => [random.normal([3])],
    fn: (x) => [mul(x, 2), mul(0.1, x)],
  },
  {
    name: 'div: numbers on either side',
    inputs: (random) => [random.uniform([3], 0.5, 2)],
    fn: (x) => [div(x, 3), div(0.1, x)],
  },
  {
    name: 'pow: numbers on either side',
    inputs: (random) => [random.uniform([3], 0.5, 2)],
    fn: (x) => [pow(x, -1.5), pow(2, x)],
  },
  {
    name: 'pow: negative bases and constant integer exponents',
    inputs: (random) => [random.normal([6])],
    fn: (x) => [pow(x, 2), pow(x, 3), pow(x, 1)],
  },
  {
    name: 'pow: zero to the powers 0 to 3',
    inputs: () => [f32([1], [0])],
    fn: (x) => [0, 1, 2, 3].map((exponent) => pow(x, exponent)),
    expected: () => [[1], [0], [0], [0]],
    expectedGradients: [[1]],
  },
  {
    name: 'pow: exponents that are computed, 0 and 1 among them',
    inputs: () => [f32([4], [0, 0, 0.5, 2]), f32([4], [0, 1, 0, 1])],
    fn: (x, b) => pow(x, b),
    differentiable: [0],
    expectedGradients: [[0, 1, 0, 1]],
  },
  {
    name: 'maximum: halves at a tie',
    inputs: () => [f32([3], [1, 2, -3]), f32([3], [1, 5, -3])],
    fn: maximum,
    second: false,
    expectedGradients: [
      [0.5, 0, 0.5],
      [0.5, 1, 0.5],
    ],
  },
  {
    name: 'minimum: halves at a tie',
    inputs: () => [f32([3], [1, 2, -3]), f32([3], [1, 5, -3])],
    fn: minimum,
    second: false,
    expectedGradients: [
      [0.5, 1, 0.5],
      [0.5, 0, 0.5],
    ],
  },
  {
    name: 'maximum: infinities, equal ones too',
    inputs: () => [f32([4], [-Infinity, 1, -Infinity, Infinity]), f32([4], [1, -Infinity, -Infinity, Infinity])],
    fn: maximum,
    kinks: 'infinities cannot be moved',
    expected: () => [[1, 1, -Infinity, Infinity]],
    expectedGradients: [
      [0, 1, 0.5, 0.5],
      [1, 0, 0.5, 0.5],
    ],
  },
  {
    name: 'minimum: infinities, equal ones too',
    inputs: () => [f32([4], [-Infinity, 1, -Infinity, Infinity]), f32([4], [1, Infinity, -Infinity, Infinity])],
    fn: minimum,
    kinks: 'infinities cannot be moved',
    expected: () => [[-Infinity, 1, -Infinity, Infinity]],
    expectedGradients: [
      [1, 1, 0.5, 0.5],
      [0, 0, 0.5, 0.5],
    ],
  },
  {
    name: 'div: from 1e-18 to 1e18',
    inputs: () => [f32([3], [1e-18, 1e18, 1]), f32([3], [1e-18, 1e18, 1e18])],
    fn: div,
    second: false,
    kinks: 'scales too far apart for one step',
  },

  integerCase('add', add, (a, b) => (a + b) | 0),
  integerCase('sub', sub, (a, b) => (a - b) | 0),
  integerCase('mul', mul, (a, b) => Number(BigInt.asIntN(32, BigInt(a) * BigInt(b)))),
  integerCase('div', div, (a, b) => Math.trunc(a / b)),
  integerCase('mod', mod, (a, b) => ((a % b) + b) % b),
  integerCase('maximum', maximum, Math.max),
  integerCase('minimum', minimum, Math.min),
  integerCase('bitAnd', bitAnd, (a, b) => a & b),
  integerCase('bitOr', bitOr, (a, b) => a | b),
  integerCase('bitXor', bitXor, (a, b) => a ^ b),
  ...[[div, 'div', [lowest, 7, 0, -7, 0, 5]] as const, [mod, 'mod', [0, 0, 0, 0, 0, 0]] as const].flatMap(
    ([fn, name, results]): OperatorCase[] => [
      {
        name: `${name}: −2³¹ by −1, and by 0`,
        inputs: () => [i32([6], [lowest, -7, 0, 7, 7, -5]), i32([6], [-1, -1, -1, -1, 0, -1])],
        fn,
        expected: () => [results],
      },
      {
        name: `${name}: by constants, −1 and 0 among them`,
        inputs: () => [i32([2], [lowest, 7])],
        fn: (x) => [fn(x, -1), fn(x, 0), fn(x, 1)],
        expected: () => [
          [name === 'div' ? lowest : 0, name === 'div' ? -7 : 0],
          [0, 0],
          [name === 'div' ? lowest : 0, name === 'div' ? 7 : 0],
        ],
      },
    ],
  ),
  shiftCase('shiftLeft', shiftLeft, (a, b) => a << b),
  shiftCase('shiftRight', shiftRight, (a, b) => a >>> b),
  {
    name: 'shiftLeft: amounts count modulo 32',
    inputs: () => [i32([4], [1, -1, lowest, 5]), i32([4], [32, 33, -1, 63])],
    fn: (x, by) => [shiftLeft(x, by), shiftRight(x, by), shiftLeft(x, 33)],
    expected: () => [
      [1, -2, 0, lowest],
      [1, highest, 1, 0],
      [2, -2, 0, 10],
    ],
  },
  {
    name: 'add: integers and a number',
    inputs: () => [i32([2], [3, -4])],
    fn: (x) => [add(x, 5), sub(5, x)],
    expected: () => [
      [8, 1],
      [2, 9],
    ],
  },
]
