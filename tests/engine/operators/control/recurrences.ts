/** Recurrent layers. */
import { add, mul, sub } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import { exp, logSigmoid, sigmoid, tanh } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { Loop } from './loop.js'

export const recurrences: readonly Loop[] = [
  {
    about: 'a gated linear recurrence',
    shapes: [
      [2, 2],
      ['T', 2, 2],
      ['T', 2, 2],
    ],
    fn: (options, state, gate, x) => {
      const { carry, ys } = scan(
        (h: Tensor, { gate, x }: { gate: Tensor; x: Tensor }) => {
          const next = add(mul(h, exp(logSigmoid(gate))), x)
          return { carry: next, y: next }
        },
        state,
        { gate, x },
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'a recurrent layer whose weight gradient is one product over all steps',
    shapes: [[1, 4], ['T', 1, 2], [2, 4], [4, 4], [4]],
    fn: (options, state, x, input, recurrent, bias) => {
      const step = (h: Tensor, x: Tensor) => {
        const next = tanh(add(add(matmul(x, input), matmul(h, recurrent)), bias))
        return { carry: next, y: next }
      }
      return [scan(step, state, x, options).ys]
    },
  },
  {
    about: 'a recurrent layer whose weight gradient is summed step by step',
    shapes: [
      [3, 2],
      ['T', 3, 2],
      [2, 2],
    ],
    fn: (options, state, x, weight) => {
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => ({ carry: tanh(matmul(add(h, x), weight)), y: sum(h) }),
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'an associative memory written by outer products and read by queries',
    shapes: [
      [2, 3],
      ['T', 1, 2],
      ['T', 1, 3],
      ['T', 1, 2],
    ],
    fn: (options, state, key, value, query) => {
      const { carry, ys } = scan(
        (memory: Tensor, { key, value, query }: Record<'key' | 'value' | 'query', Tensor>) => {
          const error = sub(value, matmul(key, memory))
          const next = add(memory, matmul(key, error, { transposeA: true, scale: 0.5 }))
          return { carry: next, y: matmul(query, next) }
        },
        state,
        { key, value, query },
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'two carried values and two results',
    shapes: [[2], [2], ['T', 2], [2]],
    fn: (options, h, c, x, weight) => {
      const { carry, ys } = scan(
        ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
          const cell = add(mul(c, sigmoid(mul(x, weight))), tanh(h))
          const next = { h: mul(tanh(cell), sigmoid(x)), c: cell }
          return { carry: next, y: [next.h, mul(cell, h)] as [Tensor, Tensor] }
        },
        { h, c },
        x,
        options,
      )
      return [carry.h, carry.c, ...ys]
    },
  },
]
