/** Functions of one operand: every rank, both tails, kinks. */
import * as unary from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { bool, f32, i32, type Random } from './random.js'
import { everyRank, large } from './shapes.js'

const operators: Record<string, (x: Tensor) => Tensor> = { ...unary } as never

const smooth = [
  'exp',
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'erf',
  'erfShare',
  'softplus',
  'logSigmoid',
  'gelu',
  'silu',
  'square',
  'neg',
] as const
const positive = ['log', 'sqrt', 'reciprocal', 'rsqrt'] as const
const kinked = ['abs', 'sign', 'floor', 'relu'] as const

const draw = (name: string) =>
  (positive as readonly string[]).includes(name)
    ? (random: Random, shape: readonly number[]) => random.uniform(shape, 0.2, 3)
    : (random: Random, shape: readonly number[]) => random.normal(shape, 1.5)

/** x and what the function gives there: the tails of float32, known in closed form. */
const tails: Record<string, readonly (readonly [number, number, number])[]> = {
  // x, f(x), f'(x)
  softplus: [
    [100, 100, 1],
    [-100, 0, 0],
    [1e4, 1e4, 1],
    [-1e4, 0, 0],
    [0, Math.LN2, 0.5],
  ],
  logSigmoid: [
    [100, 0, 0],
    [-100, -100, 1],
    [1e4, 0, 0],
    [-1e4, -1e4, 1],
    [0, -Math.LN2, 0.5],
  ],
  sigmoid: [
    [100, 1, 0],
    [-100, 0, 0],
    [1e4, 1, 0],
    [-1e4, 0, 0],
    [0, 0.5, 0.25],
  ],
  silu: [
    [100, 100, 1],
    [-100, 0, 0],
    [1e4, 1e4, 1],
    [-1e4, 0, 0],
    [0, 0, 0.5],
  ],
  gelu: [
    [100, 100, 1],
    [-100, 0, 0],
    [1e4, 1e4, 1],
    [-1e4, 0, 0],
    [0, 0, 0.5],
  ],
  tanh: [
    [100, 1, 0],
    [-100, -1, 0],
    [1e4, 1, 0],
    [-1e4, -1, 0],
    [0, 0, 1],
  ],
  erf: [
    [100, 1, 0],
    [-100, -1, 0],
    [1e4, 1, 0],
    [-1e4, -1, 0],
    [0, 0, 2 / Math.sqrt(Math.PI)],
  ],
  exp: [
    [-100, 0, 0],
    [-1e4, 0, 0],
    [0, 1, 1],
  ],
}

export const cases: OperatorCase[] = [
  ...[...smooth, ...positive, ...kinked].flatMap((name): OperatorCase[] => [
    ...everyRank.map((shape) => ({
      name: `${name}: [${shape}]`,
      inputs: (random: Random) => [draw(name)(random, shape)],
      fn: operators[name],
    })),
    { name: `${name}: large`, inputs: (random) => [draw(name)(random, large)], fn: operators[name] },
  ]),
  ...Object.entries(tails).map(
    ([name, rows]): OperatorCase => ({
      name: `${name}: far tails`,
      inputs: () => [
        f32(
          [rows.length],
          rows.map(([x]) => x),
        ),
      ],
      fn: operators[name],
      // exp(−100) is 4e-44: nothing next to the largest value, and told from 0 by no tolerance of this suite.
      expected: () => [rows.map(([, y]) => y)],
      expectedGradients: [rows.map(([, , slope]) => slope)],
    }),
  ),
  {
    name: 'erf: a table of known values',
    inputs: () => [f32([5], [0.5, 1, 2, 2.5, 4])],
    fn: unary.erf,
    expected: () => [
      [0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.999593047982555, 0.9999999845827421],
    ],
  },
  {
    name: 'relu: the gradient at 0 is 0',
    inputs: () => [f32([3], [-1, 0, 2])],
    fn: unary.relu,
    kinks: 'zero',
    expectedGradients: [[0, 0, 1]],
  },
  {
    name: 'abs: the gradient at 0 is 0',
    inputs: () => [f32([3], [-1, 0, 2])],
    fn: unary.abs,
    second: false,
    expectedGradients: [[-1, 0, 1]],
  },
  {
    name: 'sign: zero',
    inputs: () => [f32([3], [-0.5, 0, 2])],
    fn: unary.sign,
    kinks: 'zero',
    expected: () => [[-1, 0, 1]],
  },
  {
    name: 'floor: negative numbers and whole ones',
    inputs: () => [f32([4], [-0.5, -2, 2, 2.75])],
    fn: unary.floor,
    kinks: 'whole numbers',
    expected: () => [[-1, -2, 2, 2]],
  },
  {
    name: 'log: zero and infinity',
    inputs: () => [f32([2], [0, Infinity])],
    fn: unary.log,
    differentiable: false,
    expected: () => [[-Infinity, Infinity]],
  },
  { name: 'neg: integers', inputs: () => [i32([3], [5, -7, 0])], fn: unary.neg, expected: () => [[-5, 7, 0]] },
  { name: 'abs: integers', inputs: () => [i32([3], [5, -7, 0])], fn: unary.abs, expected: () => [[5, 7, 0]] },
  { name: 'sign: integers', inputs: () => [i32([3], [5, -7, 0])], fn: unary.sign, expected: () => [[1, -1, 0]] },
  { name: 'not: booleans', inputs: () => [bool([3], [1, 0, 1])], fn: unary.not, expected: () => [[0, 1, 0]] },
]
