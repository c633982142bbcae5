/** Operators that join, take and extend parts: every axis, negative axes, empty parts, every type. */
import { mul } from '#seqlab/engine/operators/elementwise.js'
import { concat, flip, pad, slice, split, stack } from '#seqlab/engine/operators/parts.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { integral, squared } from './moved.js'
import { f32, type Random } from './random.js'
import { everyRank, large } from './shapes.js'

const joined = (name: string, fn: (parts: readonly Tensor[], axis: number) => Tensor): OperatorCase[] =>
  [0, 1, 2, -1].map((axis) => ({
    name: `${name}: three parts along axis ${axis}`,
    inputs: (r: Random) => [r.normal([2, 3, 2]), r.normal([2, 3, 2]), r.normal([2, 3, 2])],
    fn: (a: Tensor, b: Tensor, c: Tensor) => fn([squared(a), b, c], axis),
  }))

export const cases: OperatorCase[] = [
  ...joined('concat', concat),
  ...joined('stack', stack),
  {
    name: 'concat: parts of different extents, one empty',
    inputs: (r) => [r.normal([2, 1]), r.normal([2, 0]), r.normal([2, 3])],
    fn: (a, b, c) => concat([squared(a), b, squared(c)], 1),
  },
  { name: 'concat: the same part twice', inputs: (r) => [r.normal([2, 3])], fn: (x) => concat([x, squared(x), x], 0) },
  { name: 'concat: one part', inputs: (r) => [r.normal([2, 3])], fn: (x) => concat([squared(x)], 0) },
  {
    name: 'concat: large',
    inputs: (r) => [r.normal(large), r.normal(large)],
    fn: (a, b) => concat([squared(a), b], 1),
  },

  ...[0, 1, 2, -1].map(
    (axis): OperatorCase => ({
      name: `split: halves of axis ${axis}`,
      inputs: (r) => [r.normal([2, 4, 2])],
      fn: (x) => split(squared(x), 2, axis),
    }),
  ),
  {
    name: 'split: given sizes, one empty',
    inputs: (r) => [r.normal([2, 6])],
    fn: (x) => split(squared(x), [1, 0, 3, 2], 1),
  },
  {
    name: 'split: only the middle part is used',
    inputs: (r) => [r.normal([2, 6])],
    fn: (x) => squared(split(x, 3, 1)[1]),
  },
  { name: 'split: one part', inputs: (r) => [r.normal([2, 6])], fn: (x) => split(squared(x), 1, 0) },

  {
    name: 'slice: both ends, negative ends',
    inputs: (r) => [r.normal([3, 5])],
    fn: (x) => [slice(squared(x), 1, 1, 4), slice(x, 1, -2), slice(squared(x), 0, 0, -1), slice(x, -1, 2)],
  },
  {
    name: 'slice: nothing and everything',
    inputs: (r) => [r.normal([3, 5])],
    fn: (x) => [slice(squared(x), 1, 2, 2), slice(squared(x), 0, 0)],
  },
  { name: 'slice: overlapping', inputs: (r) => [r.normal([6])], fn: (x) => mul(slice(x, 0, 0, 4), slice(x, 0, 2, 6)) },
  {
    name: 'slice: by hand',
    inputs: () => [f32([2, 3], [1, 2, 3, 4, 5, 6])],
    fn: (x) => slice(x, 1, 1),
    expected: () => [[2, 3, 5, 6]],
  },
  { name: 'slice: large', inputs: (r) => [r.normal(large)], fn: (x) => slice(squared(x), 1, 7, 400) },
  // From 16,384 numbers in runs of 32 these are gathered: the second of equal parts, of which the axis has two or many, and rows.
  ...(
    [
      ['second half', 64, 128],
      ['one part of four', 32, 64],
      ['all rows but the first', 1, 128],
    ] as const
  ).map(
    ([part, start, end]): OperatorCase => ({
      name: `slice: large, ${part}`,
      inputs: (r) => [r.normal([16, 128, 33])],
      fn: (x) => slice(squared(x), 1, start, end),
    }),
  ),

  ...[0, 1, 2, -1].map(
    (axis): OperatorCase => ({
      name: `pad: axis ${axis}`,
      inputs: (r) => [r.normal([2, 3, 2])],
      fn: (x) => [pad(squared(x), axis, 1, 2), pad(x, axis, 0, 1, -2.5)],
    }),
  ),
  {
    name: 'pad: an empty axis',
    inputs: (r) => [r.normal([2, 0])],
    fn: (x) => pad(squared(x), 1, 1, 1, 3),
    expected: () => [[3, 3, 3, 3]],
  },
  {
    name: 'pad: with both infinities and with nothing',
    inputs: () => [f32([1], [1])],
    fn: (x) => [pad(x, 0, 1, 0, -Infinity), pad(x, 0, 1, 0, Infinity), pad(x, 0, 1, 0)],
    kinks: 'infinite values',
    expected: () => [
      [-Infinity, 1],
      [Infinity, 1],
      [0, 1],
    ],
  },
  { name: 'pad: by nothing', inputs: (r) => [r.normal([2])], fn: (x) => pad(squared(x), 0, 0, 0) },

  ...everyRank.slice(1).flatMap((shape): OperatorCase[] =>
    shape.map((_, axis) => ({
      name: `flip: axis ${axis} of [${shape}]`,
      inputs: (r) => [r.normal(shape)],
      fn: (x) => flip(squared(x), axis),
    })),
  ),
  {
    name: 'flip: by hand',
    inputs: () => [f32([2, 3], [1, 2, 3, 4, 5, 6])],
    fn: (x) => flip(x, -1),
    expected: () => [[3, 2, 1, 6, 5, 4]],
  },

  ...integral('concat', (x) => concat([x, x], 1)),
  ...integral('stack', (x) => stack([x, x], 1)),
  ...integral('split', (x) => split(x, [1, 2, 3], 1)),
  ...integral('slice', (x) => slice(x, 1, 1, -1)),
  ...integral('pad', (x) => pad(x, 0, 1, 2, 1)),
  ...integral('flip', (x) => flip(x, 0)),
]
