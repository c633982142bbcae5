/** Loops around and inside other control flow, and derivatives taken inside a body. */
import { grad, gradients } from '#seqlab/engine/gradient.js'
import { checkpoint, customGradient } from '#seqlab/engine/operators/control.js'
import { add, mul, sub } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { rmsNorm, softmax } from '#seqlab/engine/operators/normalization.js'
import { mean, sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import { exp, sigmoid, sin, square, tanh } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { Loop } from './loop.js'

export const nestings: readonly Loop[] = [
  {
    about: 'a loop inside the loop',
    shapes: [[2], ['T', 3, 2], [2]],
    fn: (options, state, x, weight) => {
      const inner = (h: Tensor, row: Tensor) => ({ carry: tanh(add(mul(h, weight), row)), y: mul(h, row) })
      const { carry, ys } = scan(
        (h: Tensor, rows: Tensor) => {
          const { carry, ys } = scan(inner, h, rows)
          return { carry, y: sum(ys, 0) }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'a gradient inside the body: a layer trained at test time',
    shapes: [[2, 2], ['T', 1, 2], ['T', 1, 2], []],
    fn: (options, weight, key, value, rate) => {
      const { carry, ys } = scan(
        (w: Tensor, { key, value }: { key: Tensor; value: Tensor }) => {
          const loss = (w: Tensor) => mean(square(sub(tanh(matmul(key, w)), value)))
          const next = sub(w, mul(grad(loss)(w), sigmoid(rate)))
          return { carry: next, y: matmul(key, next) }
        },
        weight,
        { key, value },
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'a gradient of a gradient inside the body',
    shapes: [[2], ['T', 2]],
    fn: (options, state, x) => {
      const energy = (h: Tensor, x: Tensor) => sum(sin(mul(h, x)))
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => {
          const curvature = grad((h: Tensor) => sum(square(grad((h: Tensor) => energy(h, x))(h))))(h)
          return { carry: sub(h, mul(curvature, 0.1)), y: curvature }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'the gradient of an inner loop inside the body',
    shapes: [[2], ['T', 2, 2]],
    fn: (options, state, x) => {
      const rolled = (h: Tensor, rows: Tensor) =>
        sum(square(scan((h: Tensor, row: Tensor) => ({ carry: tanh(add(h, row)), y: undefined }), h, rows).carry))
      const { carry, ys } = scan(
        (h: Tensor, rows: Tensor) => {
          const slope = grad((h: Tensor) => rolled(h, rows))(h)
          return { carry: sub(h, mul(slope, 0.2)), y: slope }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'a checkpoint inside the body',
    shapes: [
      [1, 3],
      ['T', 1, 3],
      [3, 3],
    ],
    fn: (options, state, x, weight) => {
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => {
          const [next] = checkpoint((h, x) => [tanh(matmul(add(h, sin(x)), weight))], [h, x])
          return { carry: next, y: square(next) }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'inside a checkpoint',
    shapes: [[2], ['T', 2], [2]],
    fn: (options, state, x, weight) =>
      checkpoint(
        (state, x) => {
          const { carry, ys } = scan(
            (h: Tensor, x: Tensor) => ({ carry: tanh(add(mul(h, weight), x)), y: mul(h, x) }),
            state,
            x,
            options,
          )
          return [carry, exp(ys)]
        },
        [state, x],
      ),
  },
  {
    about: 'a custom gradient inside the body',
    shapes: [[2], ['T', 2], [2]],
    fn: (options, state, x, weight) => {
      const gate = (x: Tensor) =>
        customGradient(
          [x],
          (x) => {
            const y = sigmoid(x)
            return { outputs: [y], saved: [y] }
          },
          ([y], [g]) => [mul(g, mul(y, sub(1, y)))],
        )[0]
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => ({ carry: mul(add(h, x), gate(mul(h, weight))), y: gate(h) }),
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'a norm and a residual in the body',
    shapes: [[2, 3], ['T', 2, 3], [3], [3, 3]],
    fn: (options, state, x, scale, weight) => {
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => {
          const next = add(h, matmul(rmsNorm(add(h, x), scale), weight, { scale: 0.5 }))
          return { carry: next, y: softmax(next) }
        },
        state,
        x,
        options,
      )
      return [carry, ys]
    },
  },
  {
    about: 'differentiated as a whole, by the state and the captures',
    shapes: [[2], ['T', 2], [2]],
    fn: (options, state, x, weight) => {
      const run = ({ state, weight }: { state: Tensor; weight: Tensor }) => {
        const { carry, ys } = scan(
          (h: Tensor, x: Tensor) => ({ carry: tanh(add(mul(h, weight), x)), y: mul(h, x) }),
          state,
          x,
          options,
        )
        return add(sum(square(carry)), sum(sin(ys)))
      }
      const slopes = grad(run)({ state, weight })
      return [slopes.state, slopes.weight]
    },
  },
  {
    about: 'differentiated by two losses, one after the other',
    shapes: [[2], ['T', 2], [2]],
    fn: (options, state, x, weight) => {
      const { carry, ys } = scan(
        (h: Tensor, x: Tensor) => ({ carry: tanh(add(mul(h, weight), x)), y: mul(h, x) }),
        state,
        x,
        options,
      )
      return [gradients(sum(square(carry)), state), gradients(sum(sin(ys)), weight), ys]
    },
  },
]
