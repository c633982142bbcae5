/** Every way a body can be wired: values unused, unchanged, captured, constant, of other types. */
import { constant, scalar } from '#seqlab/engine/operators/constant.js'
import { add, less, mul } from '#seqlab/engine/operators/elementwise.js'
import { gather } from '#seqlab/engine/operators/indexing.js'
import { softmax } from '#seqlab/engine/operators/normalization.js'
import { slice } from '#seqlab/engine/operators/parts.js'
import { argMax, mean, stopGradient, sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import { cast, where } from '#seqlab/engine/operators/selection.js'
import { reshape, zeros } from '#seqlab/engine/operators/shape.js'
import { exp, sigmoid, sin, square, tanh } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { Loop } from './loop.js'

export const wirings: readonly Loop[] = [
  {
    about: 'only the last state used, the results dropped',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => [
      scan((h: Tensor, x: Tensor) => ({ carry: sin(add(h, x)), y: exp(h) }), state, x, options).carry,
    ],
  },
  {
    about: 'only one of two results used',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => [
      scan(
        (h: Tensor, x: Tensor) => ({ carry: sin(add(h, x)), y: [exp(h), square(x)] as [Tensor, Tensor] }),
        state,
        x,
        options,
      ).ys[1],
    ],
  },
  {
    about: 'values passed through: a state never changed, an input returned, a result that is the new state',
    shapes: [[2], [2], ['T', 2]],
    fn: (options, fixed, state, x) => {
      const { carry, ys } = scan(
        ([fixed, h]: [Tensor, Tensor], x: Tensor) => {
          const next = mul(add(h, x), fixed)
          return { carry: [fixed, next] as [Tensor, Tensor], y: [x, next, fixed] as Tensor[] }
        },
        [fixed, state] as [Tensor, Tensor],
        x,
        options,
      )
      return [...carry, ...ys]
    },
  },
  {
    about: 'states that ignore what was carried, and a state that nothing reads',
    shapes: [[2], [2], ['T', 2]],
    fn: (options, a, b, x) => {
      const { carry, ys } = scan(
        ([a, _]: [Tensor, Tensor], x: Tensor) => ({ carry: [square(x), exp(a)] as [Tensor, Tensor], y: a }),
        [a, b] as [Tensor, Tensor],
        x,
        options,
      )
      return [carry[1], ys]
    },
  },
  {
    about: 'captures used through values that no step changes',
    shapes: [[2], ['T', 2], [2], []],
    fn: (options, state, x, weight, rate) => {
      const step = (h: Tensor, x: Tensor) => ({
        carry: add(mul(h, sigmoid(square(weight))), mul(x, exp(rate))),
        y: mul(h, softmax(mul(weight, rate))),
      })
      const { carry, ys } = scan(step, state, x, options)
      return [carry, ys]
    },
  },
  {
    about: 'a capture that is also the sequence and the first state',
    shapes: [['T', 2]],
    fn: (options, x) => {
      const { carry, ys } = scan(
        (h: Tensor, row: Tensor) => ({ carry: tanh(add(h, mul(row, mean(x)))), y: mul(h, row) }),
        reshape(slice(x, 0, 0, 1), [2]),
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'constants inside the body and as the first state',
    shapes: [['T', 2]],
    fn: (options, x) => {
      const weights = () => constant([0.5, -0.25])
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => ({ carry: add(mul(h, weights()), mul(x, 2)), y: add(mul(h, h), scalar(3)) }),
        zeros([2]),
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'no state: a map over positions',
    shapes: [['T', 2], [2]],
    fn: (options, x, weight) => [
      scan((carry: Record<string, never>, x: Tensor) => ({ carry, y: exp(mul(x, weight)) }), {}, x, options).ys,
    ],
  },
  {
    about: 'no results: a fold',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => [
      scan((h: Tensor, x: Tensor) => ({ carry: sin(add(h, x)), y: undefined }), state, x, options).carry,
    ],
  },
  {
    about: 'a counter and a mask: integers and booleans beside the gradient',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => {
      const flags = less(x, 0.3)
      const { carry, ys } = scan(
        ({ h, count }: { h: Tensor; count: Tensor }, { x, flag }: { x: Tensor; flag: Tensor }) => {
          const next = where(flag, add(mul(h, 0.5), x), mul(h, cast(count, 'f32')))
          return { carry: { h: next, count: add(count, 1) }, y: { next, count, flag } }
        },
        { h: state, count: scalar(0, 'i32') },
        { x, flag: flags },
        options,
      )
      return [carry.h, carry.count, ys.next, ys.count, ys.flag]
    },
  },
  {
    about: 'a stopped gradient in the recurrence',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => {
      // Only the value of the stopped part counts, and it is a constant, so differences still apply.
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => ({
          carry: add(mul(h, 0.9), mul(x, stopGradient(sum(mul(zeros([2]), 3))))),
          y: square(h),
        }),
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'rows of a captured table looked up, the same ones again and again',
    shapes: [[2], ['T', 3], [3, 2]],
    fn: (options, state, x, table) => {
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => {
          const row = gather(table, argMax(x, 0), 0)
          return { carry: tanh(add(h, row)), y: mul(h, row) }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
]
