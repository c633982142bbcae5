/** The linear recurrence in each of its lowerings: written out, as a loop, as a loop over blocks. */

import { delayed, linearRecurrence } from '#seqlab/engine/operators/recurrence.js'
import { sin } from '#seqlab/engine/operators/unary.js'
import type { Shape } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import { f32 } from './random.js'

const forms = [
  { about: 'a decay each, along the middle', x: [2, 0, 3], decay: [2, 0, 3], axis: 1 },
  { about: 'a decay a row of the state, along the front', x: [0, 2, 3, 2], decay: [0, 2, 3, 1], axis: 0 },
  { about: 'a decay a channel, constant over time', x: [2, 0, 3], decay: [3], axis: -2 },
  { about: 'along the back', x: [2, 0], decay: [1, 0], axis: 1 },
] as const
/** 1 to 8 are written out, 64 and 80 run in blocks. */
const lengths = [1, 2, 8, 9, 33, 64, 80]
const withSteps = (shape: Shape, steps: number) => shape.map((extent) => (extent === 0 ? steps : extent))

export const cases: OperatorCase[] = [
  ...forms.flatMap(({ about, x, decay, axis }) =>
    lengths.flatMap((steps) =>
      [false, true].map(
        (reverse): OperatorCase => ({
          name: `linearRecurrence: ${about}, ${steps} steps${reverse ? ' in reverse' : ''}`,
          inputs: (r) => [
            r.uniform(withSteps(decay, steps), 0, 0.8),
            r.normal(withSteps(x, steps)),
            r.normal(x.filter((extent) => extent !== 0)),
          ],
          fn: (decays, inputs, initial) => sin(linearRecurrence(decays, inputs, initial, { axis, reverse })),
        }),
      ),
    ),
  ),
  {
    name: 'linearRecurrence: by hand, from zeros',
    inputs: () => [f32([3], [5, 2, 3]), f32([3], [1, 1, 1])],
    fn: (decay, x) => [
      linearRecurrence(decay, x, undefined, { axis: 0 }),
      linearRecurrence(decay, x, undefined, { axis: 0, reverse: true }),
    ],
    expected: () => [
      [1, 3, 10],
      [16, 3, 1],
    ],
  },
  {
    name: 'linearRecurrence: decays of zero and of minus one',
    inputs: (r) => [f32([12], [0, 0, -1, -1, 1, 0, 0.5, -1, 0, 2, 2, 0]), r.normal([12]), r.normal([])],
    fn: (decay, x, initial) => squared(linearRecurrence(decay, x, initial, { axis: 0 })),
  },
  {
    name: 'linearRecurrence: states over chunks, at both threads',
    inputs: (r) => [r.uniform([16, 8, 16, 1], 0, 1), r.normal([16, 8, 16, 16]), r.normal([8, 16, 16])],
    fn: (decay, x, initial) => linearRecurrence(decay, x, initial, { axis: 0 }),
    second: false,
  },
  {
    name: 'linearRecurrence: no steps, and no lines',
    inputs: (r) => [r.normal([2, 0]), r.normal([0, 2])],
    fn: (x, y) => [
      linearRecurrence(x, squared(x), undefined, { axis: 1 }),
      linearRecurrence(y, squared(y), undefined, { axis: 1 }),
    ],
  },

  ...[0, 1, 2].map(
    (axis): OperatorCase => ({
      name: `delayed: both ways along axis ${axis}`,
      inputs: (r) => [r.normal([2, 3, 2]), r.normal([2, 3, 2].map((extent, at) => (at === axis ? 1 : extent)))],
      fn: (x, first) => [
        delayed(squared(x), squared(first), { axis }),
        delayed(squared(x), squared(first), { axis, reverse: true }),
      ],
    }),
  ),
  {
    name: 'delayed: by hand, and of one position',
    inputs: () => [f32([3], [1, 2, 3]), f32([1], [9])],
    fn: (x, first) => [
      delayed(x, first, { axis: 0 }),
      delayed(x, first, { axis: 0, reverse: true }),
      delayed(first, first, { axis: 0 }),
    ],
    expected: () => [[9, 1, 2], [2, 3, 9], [9]],
  },
]
