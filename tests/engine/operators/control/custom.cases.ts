/** Gradients written by hand. */

import { checkpoint, customGradient } from '#seqlab/engine/operators/control.js'
import { add, div, greater, mul, sub } from '#seqlab/engine/operators/elementwise.js'
import { max } from '#seqlab/engine/operators/reduce.js'
import { cast } from '#seqlab/engine/operators/selection.js'
import { exp, log, sigmoid, sin, softplus, square } from '#seqlab/engine/operators/unary.js'
import { boundedWhile } from '#seqlab/engine/operators/while.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from '../harness.js'
import { f32 } from '../random.js'
import { handSoftplus } from './softplus.js'

/** √x by Newton's steps in a loop; the derivative of the fixed point is 1 / (2√x). */
const newtonSteps = (x: Tensor): readonly Tensor[] => {
  const better = (y: Tensor) => [mul(add(y, div(x, y)), 0.5)]
  const unfinished = (y: Tensor) => greater(max(square(sub(square(y), x))), 1e-24)
  return boundedWhile(unfinished, better, [add(x, 1)], 40)
}
const newtonRoot = (x: Tensor): Tensor =>
  customGradient(
    [x],
    (x) => ({ outputs: newtonSteps(x), saved: [x] }),
    ([x], [g]) => [div(mul(g, 0.5), newtonRoot(x))],
  )[0]

export const cases: OperatorCase[] = [
  { name: 'customGradient: softplus by hand', inputs: (r) => [r.normal([2, 3], 2)], fn: handSoftplus },
  {
    name: 'customGradient: with its own output saved',
    inputs: (r) => [r.normal([3])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => {
          const y = exp(x)
          return { outputs: [y], saved: [y] }
        },
        ([y], [g]) => [mul(g, y)],
      ),
  },
  {
    name: 'customGradient: two inputs and two outputs',
    inputs: (r) => [r.normal([3]), r.uniform([3], 0.5, 2)],
    fn: (x, y) =>
      customGradient(
        [x, y],
        (x, y) => ({ outputs: [mul(x, y), log(y)], saved: [x, y] }),
        ([x, y], [g, h]) => [mul(g, y), add(mul(g, x), div(h, y))],
      ),
  },
  {
    name: 'customGradient: one of two outputs unused',
    inputs: (r) => [r.normal([3])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => ({ outputs: [sin(x), exp(x)], saved: [x] }),
        ([x], [g, h]) => [add(mul(g, sin(add(x, Math.PI / 2))), mul(h, exp(x)))],
      )[0],
  },
  {
    name: 'customGradient: straight through',
    inputs: () => [f32([3], [0.4, -1.6, 2])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => ({ outputs: [cast(cast(x, 'i32'), 'f32')], saved: [] }),
        (_, [g]) => [g],
      ),
    kinks: 'not the derivative on purpose',
    expected: () => [[0, -1, 2]],
    expectedGradients: [[1, 1, 1]],
  },
  {
    name: 'customGradient: reversed',
    inputs: () => [f32([2], [1, 2])],
    fn: (x) =>
      square(
        customGradient(
          [x],
          (x) => ({ outputs: [x], saved: [] }),
          (_, [g]) => [mul(g, -1)],
        )[0],
      ),
    kinks: 'not the derivative on purpose',
    expectedGradients: [[-2, -4]],
  },
  {
    name: 'customGradient: no gradient for one input',
    inputs: () => [f32([2], [1, 2]), f32([2], [3, 4])],
    fn: (x, y) =>
      customGradient(
        [x, y],
        (x, y) => ({ outputs: [mul(x, y)], saved: [y] }),
        ([y], [g]) => [mul(g, y), undefined],
      ),
    kinks: 'not the derivative on purpose',
    expectedGradients: [
      [3, 4],
      [0, 0],
    ],
  },
  {
    name: 'customGradient: inside a custom gradient',
    inputs: (r) => [r.normal([3])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => ({ outputs: [square(handSoftplus(x))], saved: [x] }),
        ([x], [g]) => [mul(g, mul(2, mul(handSoftplus(x), sigmoid(x))))],
      ),
  },
  {
    name: 'customGradient: the implicit derivative of a bounded loop',
    inputs: (r) => [r.uniform([3], 0.5, 4)],
    fn: newtonRoot,
    expected: (x) => [Array.from(x.data, Math.sqrt)],
  },
  {
    name: 'customGradient: the implicit derivative of a bounded loop, from its result',
    inputs: (r) => [r.uniform([3], 0.5, 4)],
    fn: (x) =>
      customGradient(
        [x],
        (x) => {
          const [root] = newtonSteps(x)
          return { outputs: [root], saved: [root] }
        },
        ([root], [g]) => [div(mul(g, 0.5), root)],
      ),
    expected: (x) => [Array.from(x.data, Math.sqrt)],
  },
  {
    name: 'customGradient: an input that is an output and saved',
    inputs: () => [f32([2], [1, 2])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => ({ outputs: [x, square(x)], saved: [x] }),
        ([x], [g, h]) => [add(g, mul(h, mul(x, 2)))],
      ),
  },
  {
    name: 'customGradient: a gradient that is a checkpoint',
    inputs: (r) => [r.normal([3])],
    fn: (x) =>
      customGradient(
        [x],
        (x) => ({ outputs: [softplus(x)], saved: [x] }),
        ([x], [g]) => [mul(g, checkpoint((x) => [sigmoid(x)], [x])[0])],
      ),
  },
]
