/** Errors of control flow, differentiation and tracing. */
import { describe, expect, it } from 'vitest'
import { gradients, hessianVectorProduct, vjp } from '#seqlab/engine/gradient.js'
import { cond } from '#seqlab/engine/operators/cond.js'
import { constant } from '#seqlab/engine/operators/constant.js'
import { checkpoint, customGradient } from '#seqlab/engine/operators/control.js'
import { add, greater } from '#seqlab/engine/operators/elementwise.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import { exp } from '#seqlab/engine/operators/unary.js'
import { boundedWhile } from '#seqlab/engine/operators/while.js'
import { runReference } from '#seqlab/engine/reference.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'
import { f32, failure, i32, testErrors } from './errors.js'

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
    'cond',
    'branches of different shapes',
    [f32(2), f32(3, 2)],
    (x, y) =>
      cond(
        greater(sum(x), 0),
        () => [x],
        () => [y],
      ),
    ['f32[2]', 'f32[3, 2]'],
  ],
  [
    'cond',
    'a condition of several values',
    [f32(2)],
    (x) =>
      cond(
        greater(x, 0),
        () => [x],
        () => [x],
      ),
    ['bool[]', 'bool[2]'],
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
    'scan',
    'a state that loses a leaf',
    [f32(2), f32(5, 2)],
    (h, x) =>
      scan(
        ({ h }: { h: Tensor; c: Tensor }, x: Tensor) => ({ carry: { h: add(h, x) } as never, y: h }),
        { h, c: h },
        x,
      ),
    ['[h, c]', '[h]'],
  ],
  [
    'scan',
    'a length that is no integer',
    [f32(2)],
    (h) => scan((h: Tensor) => ({ carry: h, y: h }), h, [], { length: 2.5 }),
    ['2.5'],
  ],
  [
    'scan',
    'segments of no steps',
    [f32(2), f32(5, 2)],
    (h, x) => scan((h: Tensor, x: Tensor) => ({ carry: add(h, x), y: h }), h, x, { segment: 0 }),
    ['segment', '0'],
  ],
  [
    'add',
    'a mistake in a body within a loop within a checkpoint',
    [f32(2), f32(6, 2), f32(3)],
    (h, x, y) =>
      checkpoint(
        (x) => {
          const inner = (h: Tensor) =>
            scan((h: Tensor) => ({ carry: add(h, y), y: h }), h, [], { length: 6, segment: 2 })
          return [scan((h: Tensor, x: Tensor) => ({ carry: add(inner(h).carry, x), y: h }), h, x, { segment: 2 }).carry]
        },
        [x],
      ),
    ['f32[2]', 'f32[3]'],
  ],
  [
    'boundedWhile',
    'another number of values',
    [f32(2)],
    (x) =>
      boundedWhile(
        (x) => greater(sum(x), 0),
        (x) => [x, x],
        [x],
        5,
      ),
    ['f32[2], f32[2]'],
  ],
  [
    'boundedWhile',
    'a limit that is no integer',
    [f32(2)],
    (x) =>
      boundedWhile(
        (x) => greater(sum(x), 0),
        (x) => [x],
        [x],
        Infinity,
      ),
    ['Infinity'],
  ],
  [
    'boundedWhile',
    'a gradient through it',
    [f32(2)],
    (x) =>
      gradients(
        sum(
          boundedWhile(
            (x) => greater(sum(x), 0),
            (x) => [x],
            [x],
            5,
          )[0],
        ),
        x,
      ),
    ['f32[2]', 'customGradient'],
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
  ['gradients', 'a loss that is an integer', [i32()], (x) => gradients(x, x), ['i32[]', 'f32']],
  [
    'hessianVectorProduct',
    'a direction of another shape',
    [f32(2), f32(3)],
    (x, v) => hessianVectorProduct((x: Tensor) => sum(exp(x)), x, v),
    ['f32[2]', 'f32[3]'],
  ],
  ['constant', 'fractions as integers', [], () => constant([1, 0.5], [2], 'i32'), ['0.5', 'i32']],
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
      /^trace: f32\[2\].*another trace – \S.*\n {4}at .*control\.errors\.test\.ts/,
    )
  })

  it('a tensor that left the body that made it is refused', () => {
    const leak = (h: Tensor, x: Tensor) => {
      let inner = h
      const body = (h: Tensor, x: Tensor) => {
        inner = add(h, x)
        return { carry: inner, y: undefined }
      }
      scan(body, h, x)
      return exp(inner)
    }
    expect(failure(() => trace(leak, f32(2), f32(5, 2))).message).toMatch(/^trace: f32\[2\].* return it from the body/)
  })

  it('the reference executor refuses inputs of another shape', () => {
    const program = trace((x: Tensor) => exp(x), f32(2))
    const given = { ...f32(3), data: new Float32Array(3) }
    expect(failure(() => runReference(program, [given])).message).toMatch(/^runReference: .*f32\[2\].*f32\[3\]/)
  })
})
