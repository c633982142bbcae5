/** Derivatives taken inside a case: the suite differentiates them twice more. */
import { grad, gradients, hessianVectorProduct, valueAndGrad, vjp } from '#seqlab/engine/gradient.js'
import { mul, pow } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { softmax } from '#seqlab/engine/operators/normalization.js'
import { stopGradient, sum } from '#seqlab/engine/operators/reduce.js'
import { exp, sin, square, tanh } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from '../harness.js'
import { f32 } from '../random.js'

const cubed = (x: Tensor) => sum(pow(x, 3))
const some = [0.5, -1, 2]

export const cases: OperatorCase[] = [
  {
    name: 'grad: of a cube, three derivatives',
    inputs: () => [f32([3], some)],
    fn: (x) => grad(cubed)(x),
    expected: () => [some.map((x) => 3 * x * x)],
    expectedGradients: [some.map((x) => 6 * x)],
  },
  {
    name: 'grad: of a gradient',
    inputs: () => [f32([3], some)],
    fn: (x) => grad((y: Tensor) => sum(grad(cubed)(y)))(x),
    expected: () => [some.map((x) => 6 * x)],
    expectedGradients: [[6, 6, 6]],
  },
  {
    name: 'grad: for a tree of parameters',
    inputs: (r) => [r.normal([2, 3]), r.normal([3]), r.normal([4, 2])],
    fn: (weight, bias, x) => {
      const slopes = grad((parameters: { weight: Tensor; bias: Tensor }) =>
        sum(tanh(matmul(x, mul(parameters.weight, parameters.bias)))),
      )({ weight, bias })
      return [slopes.weight, slopes.bias]
    },
  },
  {
    name: 'gradients: zeros where the loss does not depend on an input',
    inputs: (r) => [r.normal([2]), r.normal([3])],
    fn: (x, y) => Object.values(gradients(sum(square(x)), { x, y })),
    expected: (x) => [Array.from(x.data, (value) => 2 * value), [0, 0, 0]],
  },
  {
    name: 'gradients: of an intermediate value',
    inputs: (r) => [r.normal([3])],
    fn: (x) => {
      const middle = sin(x)
      return [gradients(sum(mul(middle, x)), middle), middle]
    },
  },
  {
    name: 'gradients: of a loss of shape [1, 1]',
    inputs: (r) => [r.normal([3])],
    fn: (x) => gradients(sum(mul(x, x)), x),
  },
  {
    name: 'valueAndGrad: both',
    inputs: (r) => [r.normal([3])],
    fn: (x) => {
      const { value, gradient } = valueAndGrad((y: Tensor) => sum(exp(y)))(x)
      return [value, gradient]
    },
  },
  {
    name: 'vjp: several outputs, one without a cotangent',
    inputs: (r) => [r.normal([3]), r.normal([3])],
    fn: (x, g) => vjp([sin(x), exp(x)], [g, undefined], [x])[0]!,
    expected: (x, g) => [Array.from(x.data, (value, i) => Math.cos(value) * g.data[i])],
  },
  {
    name: 'vjp: an output that is the input itself',
    inputs: (r) => [r.normal([3]), r.normal([3])],
    fn: (x, g) => vjp([x, x], [g, square(g)], [x])[0]!,
  },
  {
    name: 'vjp: one input asked for twice',
    inputs: (r) => [r.normal([3]), r.normal([3])],
    fn: (x, g) => vjp([square(x)], [g], [x, x]).map((slope) => slope!),
  },
  {
    name: 'hessianVectorProduct: of a softmax',
    inputs: (r) => [r.normal([4]), r.normal([4])],
    fn: (x, v) => hessianVectorProduct((y: Tensor) => sum(square(softmax(y))), x, v),
  },
  {
    name: 'hessianVectorProduct: of a quadratic form is its matrix',
    inputs: (r) => [r.normal([1, 3]), r.normal([1, 3]), r.normal([3, 3])],
    fn: (x, v, a) => hessianVectorProduct((y: Tensor) => sum(mul(matmul(y, a), y)), x, v),
    expected: (_, v, a) => [
      [0, 1, 2].map((i) =>
        [0, 1, 2].reduce((total, j) => total + (a.data[3 * i + j] + a.data[3 * j + i]) * v.data[j], 0),
      ),
    ],
  },
  {
    name: 'grad: a stopped factor inside',
    inputs: () => [f32([2], [3, -4])],
    fn: (x) => grad((y: Tensor) => sum(mul(stopGradient(y), y)))(x),
    kinks: 'stopped on purpose',
    expected: () => [[3, -4]],
    expectedGradients: [[0, 0]],
  },
]
