/** Positions of extremes. */
import { argMax, argMin } from '#seqlab/engine/operators/reduce.js'
import type { OperatorCase } from './harness.js'
import { f32 } from './random.js'
import { large } from './shapes.js'

const tied = [3, 1, 3, 3, -2, -5, -2, -5]

export const cases: OperatorCase[] = [
  ...(
    [
      ['argMax', argMax],
      ['argMin', argMin],
    ] as const
  ).flatMap(([name, fn]): OperatorCase[] => [
    ...[0, 1, 2, -1].map(
      (axis): OperatorCase => ({
        name: `${name}: axis ${axis}`,
        inputs: (r) => [r.normal([2, 3, 4])],
        fn: (x) => fn(x, axis),
      }),
    ),
    { name: `${name}: rank 1 to rank 0`, inputs: (r) => [r.normal([5])], fn: (x) => fn(x, 0) },
    { name: `${name}: integers`, inputs: (r) => [r.integers([3, 5], -9, 9)], fn: (x) => fn(x, 1) },
    { name: `${name}: large`, inputs: (r) => [r.normal(large)], fn: (x) => [fn(x, 0), fn(x, 1)] },
  ]),
  {
    name: 'argMax: the first at a tie',
    inputs: () => [f32([2, 4], tied)],
    fn: (x) => argMax(x, 1),
    expected: () => [[0, 0]],
  },
  {
    name: 'argMin: the first at a tie',
    inputs: () => [f32([2, 4], tied)],
    fn: (x) => argMin(x, 1),
    expected: () => [[1, 1]],
  },
]
