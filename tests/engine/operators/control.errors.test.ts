/** Errors of control flow, differentiation and tracing. */
import { describe, expect, it } from 'vitest'
import { gradients, vjp } from '#seqlab/engine/gradient.js'
import { constant } from '#seqlab/engine/operators/constant.js'
import { boundedWhile, customGradient } from '#seqlab/engine/operators/control.js'
import { add, exp, greater } from '#seqlab/engine/operators/elementwise.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'
import { f32, failure, testErrors } from './errors.js'

testErrors(import.meta.url, [
  [
    'scan',
    'a state that changes shape',
    [f32(2), f32(5, 3, 2)],
    (h, x) => scan((h: Tensor, x: Tensor) => ({ carry: add(h, x), y: h }), h, x),
    ['f32[2]', 'f32[3, 2]'],
  ],
  [
    'scan',
    'a state that changes type',
    [f32(2), f32(5, 2)],
    (h, x) => scan((h: Tensor, x: Tensor) => ({ carry: greater(h, x), y: h }), h, x),
    ['f32[2]', 'bool[2]'],
  ],
  [
    'scan',
    'sequences of two lengths',
    [f32(2), f32(5, 2), f32(4, 2)],
    (h, x, y) => scan((h: Tensor, [x, y]: Tensor[]) => ({ carry: add(h, x), y }), h, [x, y]),
    ['5', 'f32[4, 2]'],
  ],
  [
    'scan',
    'neither sequence nor length',
    [f32(2)],
    (h) => scan((h: Tensor) => ({ carry: h, y: h }), h, []),
    ['length'],
  ],
  [
    'boundedWhile',
    'a value that changes shape',
    [f32(2), f32(3, 2)],
    (x, y) =>
      boundedWhile(
        (x) => greater(sum(x), 0),
        (x) => [add(x, y)],
        [x],
        5,
      ),
    ['f32[2]', 'f32[3, 2]'],
  ],
  [
    'boundedWhile',
    'a condition that is no boolean',
    [f32(2)],
    (x) =>
      boundedWhile(
        (x) => sum(x),
        (x) => [exp(x)],
        [x],
        5,
      ),
    ['bool', 'f32[]'],
  ],
  [
    'customGradient',
    'a gradient too few',
    [f32(2), f32(2)],
    (x, y) =>
      gradients(
        sum(
          customGradient(
            [x, y],
            (x, y) => ({ outputs: [add(x, y)], saved: [] }),
            (_, [g]) => [g],
          )[0],
        ),
        y,
      ),
    ['2', '1'],
  ],
  [
    'customGradient',
    'a gradient of another shape',
    [f32(2)],
    (x) =>
      gradients(
        sum(
          customGradient(
            [x],
            (x) => ({ outputs: [sum(x)], saved: [] }),
            (_, [g]) => [g],
          )[0],
        ),
        x,
      ),
    ['f32[2]', 'f32[]'],
  ],
  ['vjp', 'a cotangent of another shape', [f32(2), f32(3)], (x, g) => vjp([exp(x)], [g], [x]), ['f32[2]', 'f32[3]']],
  ['gradients', 'a loss that is not one number', [f32(2)], (x) => gradients(exp(x), x), ['f32[2]', 'sum']],
  ['constant', 'numbers that do not fill the shape', [], () => constant([1, 2, 3], [2, 2]), ['2,2', '4', '3']],
])

describe('outside a trace', () => {
  it('an operator says to trace', () => {
    expect(failure(() => constant([1])).message).toMatch(/^trace: .*outside.* – \S/)
  })

  it('a tensor of another trace is refused', () => {
    let stranger: Tensor | undefined
    trace((x: Tensor) => {
      stranger = x
      return x
    }, f32(2))
    expect(failure(() => trace((x: Tensor) => add(x, stranger as Tensor), f32(2))).message).toMatch(
      /^trace: f32\[2\].*another trace – \S/,
    )
  })
})
