/** Values known while tracing. */
import { constant, iota, scalar } from '#seqlab/engine/operators/constant.js'
import { div, mul } from '#seqlab/engine/operators/elementwise.js'
import type { OperatorCase } from './harness.js'
import { large } from './shapes.js'

const long = Float32Array.from({ length: large[0] * large[1] }, (_, index) => Math.sin(index))

export const cases: OperatorCase[] = [
  {
    name: 'scalar: every type',
    inputs: () => [],
    fn: () => [scalar(0.5), scalar(-3, 'i32'), scalar(1, 'bool')],
    expected: () => [[0.5], [-3], [1]],
  },
  {
    name: 'scalar: kept in double precision by the reference',
    inputs: () => [],
    fn: () => mul(scalar(0.1), 3),
    expected: () => [[0.1 * 3]],
  },
  {
    name: 'scalar: both zeros',
    inputs: () => [],
    fn: () => [div(1, scalar(0)), div(1, scalar(-0))],
    expected: () => [[Infinity], [-Infinity]],
  },
  {
    name: 'constant: every type',
    inputs: () => [],
    fn: () => [
      constant([1.5, -2]),
      constant(Int32Array.of(1, -2)),
      constant(Uint8Array.of(1, 0)),
      constant([1, 2], [2, 1], 'i32'),
    ],
    expected: () => [
      [1.5, -2],
      [1, -2],
      [1, 0],
      [1, 2],
    ],
  },
  { name: 'constant: nothing', inputs: () => [], fn: () => constant([], [0, 3]), expected: () => [[]] },
  {
    name: 'constant: the same numbers in other shapes and types',
    inputs: () => [],
    fn: () => [
      constant([1, 0]),
      constant([1, 0], [2, 1]),
      constant([1, 0], [2], 'i32'),
      constant([1, 0], [2], 'bool'),
      constant([0, 1]),
    ],
    expected: () => [
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 1],
    ],
  },
  {
    name: 'constant: too large to be part of a model file',
    inputs: (random) => [random.normal(large)],
    fn: (x) => mul(constant(long, large), x),
  },
  { name: 'iota: counts', inputs: () => [], fn: () => [iota(4), iota(0)], expected: () => [[0, 1, 2, 3], []] },
]
