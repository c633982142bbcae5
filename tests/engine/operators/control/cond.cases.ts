/** One of two computations. */

import { cond } from '#seqlab/engine/operators/cond.js'
import { checkpoint, customGradient, name } from '#seqlab/engine/operators/control.js'
import { add, greater, mul } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { exp, sin, square, tanh } from '#seqlab/engine/operators/unary.js'
import { boundedWhile } from '#seqlab/engine/operators/while.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from '../harness.js'
import { f32 } from '../random.js'

const sides = [
  ['the first', 1],
  ['the second', -1],
] as const

export const cases: OperatorCase[] = sides.flatMap(([side, sign]): OperatorCase[] => [
  {
    name: `cond: ${side} of two, each with values of its own`,
    inputs: (random) => [f32([], [sign]), random.normal([3]), random.normal([3])],
    fn: (x, a, b) =>
      cond(
        greater(x, 0),
        () => [mul(a, a), exp(a)],
        () => [sin(b), mul(a, b)],
      ),
  },
  {
    name: `cond: ${side}, which is passed through`,
    inputs: () => [f32([], [sign]), f32([2], [1, 2]), f32([2], [3, 4])],
    fn: (x, a, b) =>
      cond(
        greater(x, 0),
        () => [a, a],
        () => [b, add(a, b)],
      ),
    expected: () =>
      sign > 0
        ? [
            [1, 2],
            [1, 2],
          ]
        : [
            [3, 4],
            [4, 6],
          ],
  },
  {
    name: `cond: ${side}, with one inside`,
    inputs: (random) => [f32([], [sign]), random.normal([3])],
    fn: (x, a) => {
      const inner = () =>
        cond(
          greater(mul(x, -1), 0),
          () => [tanh(a)],
          () => [square(a)],
        )
      return cond(greater(x, 0), inner, () => [name(mul(inner()[0], 2), 'doubled')])
    },
  },
  {
    name: `cond: ${side}, products with a matrix from outside, computed again for the gradient`,
    inputs: (random) => [f32([], [sign]), random.normal([2, 3]), random.normal([3, 3])],
    fn: (x, a, w) =>
      checkpoint(
        (a: Tensor) =>
          cond(
            greater(x, 0),
            () => [matmul(a, w)],
            () => [tanh(matmul(a, w, { transposeB: true }))],
          ),
        [a],
      ),
  },
  {
    name: `cond: ${side}, whose gradient is given by hand`,
    inputs: (random) => [f32([], [sign]), random.normal([3])],
    fn: (x, a) => {
      const cube = (a: Tensor) =>
        customGradient(
          [a],
          (a) => ({ outputs: [mul(square(a), a)], saved: [a] }),
          ([a], [given]) => [mul(given, mul(square(a), 3))],
        )
      return cond(
        greater(x, 0),
        () => cube(a),
        () => cube(add(a, 1)),
      )
    },
  },
])

cases.push({
  name: 'cond: a loop in the side that is not taken does not run',
  inputs: () => [f32([], [1]), f32([], [0.5])],
  fn: (x, a) =>
    cond(
      greater(x, 0),
      () => [mul(a, 2)],
      () =>
        boundedWhile(
          (a) => greater(a, 0),
          (a) => [add(a, 1)],
          [sum(a)],
          1_000_000,
        ),
    ),
  differentiable: false,
  expected: () => [[1]],
})
