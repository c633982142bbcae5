/** Recompute, alone and around and inside other control flow. */
import { grad } from '#seqlab/engine/gradient.js'
import { checkpoint } from '#seqlab/engine/operators/control.js'
import { add, mul } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { cast } from '#seqlab/engine/operators/selection.js'
import { exp, sin, square, tanh } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from '../harness.js'
import { handSoftplus } from './softplus.js'

const layer = (x: Tensor, weight: Tensor) => tanh(matmul(x, weight))

export const cases: OperatorCase[] = [
  {
    name: 'checkpoint: one layer',
    inputs: (r) => [r.normal([2, 3]), r.normal([3, 3])],
    fn: (x, weight) => checkpoint((x) => [layer(x, weight)], [x]),
  },
  {
    name: 'checkpoint: everything captured',
    inputs: (r) => [r.normal([2, 3]), r.normal([3, 3])],
    fn: (x, weight) => checkpoint(() => [layer(x, weight), exp(weight)]),
  },
  {
    name: 'checkpoint: three layers, one after the other',
    inputs: (r) => [r.normal([2, 3]), r.normal([3, 3])],
    fn: (x, weight) => {
      let y = x
      for (let depth = 0; depth < 3; depth++) y = checkpoint((x) => [layer(x, weight)], [y])[0]
      return y
    },
  },
  {
    name: 'checkpoint: two outputs of which one is used',
    inputs: (r) => [r.normal([3])],
    fn: (x) => square(checkpoint((x) => [sin(x), exp(x)], [x])[1]),
  },
  {
    name: 'checkpoint: an input passed through, and one not used',
    inputs: (r) => [r.normal([3]), r.normal([2])],
    fn: (x, y) => checkpoint((x) => [x, square(x)], [x, y]),
  },
  {
    name: 'checkpoint: integers and booleans among the inputs',
    inputs: (r) => [r.normal([3]), r.integers([3], -2, 3), r.booleans([3])],
    fn: (x, count, flag) =>
      checkpoint(
        (x, count, flag) => [mul(exp(x), mul(cast(count, 'f32'), cast(flag, 'f32'))), add(count, 1)],
        [x, count, flag],
      ),
  },
  {
    name: 'checkpoint: inside a checkpoint',
    inputs: (r) => [r.normal([2, 3]), r.normal([3, 3])],
    fn: (x, weight) => checkpoint((x) => [exp(checkpoint((x) => [layer(sin(x), weight)], [x])[0])], [x]),
  },
  {
    name: 'checkpoint: around a gradient',
    inputs: (r) => [r.normal([3])],
    fn: (x) => checkpoint((x) => [grad((y: Tensor) => sum(exp(sin(y))))(x)], [x]),
  },
  {
    name: 'checkpoint: inside a gradient',
    inputs: (r) => [r.normal([3])],
    fn: (x) => grad((x: Tensor) => sum(checkpoint((x) => [exp(sin(x))], [x])[0]))(x),
  },
  {
    name: 'checkpoint: around a custom gradient',
    inputs: (r) => [r.normal([3])],
    fn: (x) => checkpoint((x) => [exp(handSoftplus(x))], [x]),
  },
  {
    name: 'checkpoint: a result of rank 0 as the cause',
    inputs: (r) => [r.normal([2, 3]), r.normal([])],
    fn: (x, y) => checkpoint((x, y) => [sum(exp(mul(x, y)))], [x, y]),
  },
]
