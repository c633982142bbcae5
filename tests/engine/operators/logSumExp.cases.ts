/** log Σ exp: shifted by the largest value, so that neither tail overflows. */

import { logSumExp } from '#seqlab/engine/operators/reduce.js'
import { square } from '#seqlab/engine/operators/unary.js'
import type { OperatorCase } from './harness.js'
import { f32 } from './random.js'
import { large } from './shapes.js'

const hidden = Number.NEGATIVE_INFINITY

export const cases: OperatorCase[] = [
  ...[0, 1, 2, -1].map(
    (axis): OperatorCase => ({
      name: `logSumExp: axis ${axis}, kept and not`,
      inputs: (r) => [r.normal([2, 3, 4], 3)],
      fn: (x) => [square(logSumExp(x, axis)), logSumExp(x, axis, { keep: true })],
    }),
  ),
  {
    name: 'logSumExp: by hand',
    inputs: () => [f32([2, 2], [0, 0, 1, 3])],
    fn: (x) => logSumExp(x, 1),
    expected: () => [[Math.LN2, Math.log(Math.E + Math.exp(3))]],
  },
  {
    name: 'logSumExp: ties for the largest',
    inputs: () => [f32([4], [2, 2, 2, -1])],
    fn: (x) => square(logSumExp(x, 0)),
  },
  {
    name: 'logSumExp: ±1e4',
    inputs: () => [f32([3, 2], [1e4, 1e4, -1e4, -1e4, 1e4, -1e4])],
    fn: (x) => logSumExp(x, 1),
    expected: () => [[1e4 + Math.LN2, -1e4 + Math.LN2, 1e4]],
    expectedGradients: [[0.5, 0.5, 0.5, 0.5, 1, 0]],
  },
  {
    name: 'logSumExp: some of a row hidden by negative infinity',
    inputs: () => [f32([2, 3], [hidden, 1, 2, 3, hidden, hidden])],
    fn: (x) => logSumExp(x, 1),
    expected: () => [[Math.log(Math.E + Math.exp(2)), 3]],
  },
  {
    name: 'logSumExp: a row of negative infinity alone',
    inputs: () => [f32([2, 2], [hidden, hidden, 1, 1])],
    fn: (x) => logSumExp(x, 1),
    kinks: 'infinite values',
    expected: () => [[hidden, 1 + Math.LN2]],
    expectedGradients: [[0, 0, 0.5, 0.5]],
  },
  {
    name: 'logSumExp: positive infinity',
    inputs: () => [f32([2], [Infinity, 1])],
    fn: (x) => logSumExp(x, 0),
    differentiable: false,
    expected: () => [[Infinity]],
  },
  { name: 'logSumExp: large', inputs: (r) => [r.normal(large)], fn: (x) => logSumExp(x, 1) },
]
