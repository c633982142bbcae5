/**
 * Loops over time and back-propagation through them, to second order. Short loops are unrolled by simplification and
 * longer ones stay loops, so each body runs at both lengths.
 */
import { grad } from '#seqlab/engine/gradient.js'
import { scalar } from '#seqlab/engine/operators/constant.js'
import { add, less, mul } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { type ScanOptions, scan } from '#seqlab/engine/operators/scan.js'
import { sin, tanh } from '#seqlab/engine/operators/unary.js'
import { boundedWhile } from '#seqlab/engine/operators/while.js'
import type { Tensor, TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from '../harness.js'
import { f32, type Random } from '../random.js'
import type { Loop } from './loop.js'
import { nestings } from './nestings.js'
import { recurrences } from './recurrences.js'
import { wirings } from './wirings.js'

const loops: readonly Loop[] = [...recurrences, ...wirings, ...nestings]
const variants: readonly (readonly [string, number, ScanOptions])[] = [
  ['unrolled', 3, {}],
  ['looped', 9, {}],
  ['looped, reversed', 9, { reverse: true }],
  ['in segments with a rest', 10, { segment: 3 }],
]
const further: readonly (readonly [string, number, ScanOptions])[] = [
  ['one step', 1, {}],
  ['unrolled, reversed', 3, { reverse: true }],
  ['in whole segments', 9, { segment: 3 }],
  ['in segments with a rest, reversed', 10, { segment: 3, reverse: true }],
]

/** The first three, which have everything that a layer has, run in every form. */
function looped({ about, shapes, fn }: Loop, index: number): OperatorCase[] {
  return [...variants, ...(index < 3 ? further : [])].map(([form, length, options]) => ({
    name: `scan: ${about}, ${form}`,
    inputs: (random: Random) =>
      shapes.map((shape) =>
        random.normal(
          shape.map((extent) => (extent === 'T' ? length : extent)),
          0.7,
        ),
      ),
    fn: (...tensors: Tensor[]) => fn(options, ...tensors),
  }))
}

/** x_t + ½ h_{t−1}, by hand. */
const faded = (state: TensorData, x: TensorData, reverse: boolean) => {
  let h = state.data[0]
  const results = new Array<number>(x.data.length)
  for (let step = 0; step < x.data.length; step++) {
    const at = reverse ? x.data.length - 1 - step : step
    h = x.data[at] + 0.5 * h
    results[at] = h
  }
  return [[h], results]
}
const fade = (h: Tensor, x: Tensor) => {
  const next = add(x, mul(h, 0.5))
  return { carry: next, y: next }
}

export const cases: OperatorCase[] = [
  ...loops.flatMap(looped),
  ...[false, true].flatMap((reverse) =>
    [1, 2, 8, 9, 20].map(
      (length): OperatorCase => ({
        name: `scan: by hand, ${length} steps${reverse ? ' backwards' : ''}`,
        inputs: (random) => [random.normal([]), random.normal([length])],
        fn: (state, x) => {
          const { carry, ys } = scan(fade, state, x, { reverse })
          return [carry, ys]
        },
        expected: (state, x) => faded(state, x, reverse),
      }),
    ),
  ),
  ...[3, 12].map(
    (length): OperatorCase => ({
      name: `scan: no sequence, ${length} steps`,
      inputs: (random) => [random.normal([2])],
      fn: (state) => {
        const { carry, ys } = scan((h: Tensor) => ({ carry: sin(h), y: h }), state, [], { length })
        return [carry, ys]
      },
    }),
  ),
  ...[3, 12].map(
    (length): OperatorCase => ({
      name: `scan: a state whose leaves come back in another order, ${length} steps`,
      inputs: (random) => [random.normal([]), random.normal([]), random.normal([length])],
      fn: (a, b, x) => {
        const { carry } = scan(
          ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor) => ({
            carry: { b: sin(add(b, a)), a: mul(a, x) },
            y: undefined,
          }),
          { a, b },
          x,
        )
        return [carry.a, carry.b]
      },
      expected: (a, b, x) => {
        let [first, second] = [a.data[0], b.data[0]]
        for (const factor of x.data) [first, second] = [first * factor, Math.sin(second + first)]
        return [[first], [second]]
      },
    }),
  ),
  {
    name: 'scan: no steps',
    inputs: (random) => [random.normal([2]), random.normal([0, 2])],
    fn: (state, x) => {
      const { carry, ys } = scan(fade, state, x)
      return [carry, ys]
    },
    expected: (state) => [state.data, []],
  },
  ...[4, 10].map(
    (length): OperatorCase => ({
      name: `scan: a bounded loop inside, ${length} steps`,
      inputs: (random) => [random.uniform([length], 0, 20)],
      fn: (x) =>
        scan(
          (total: Tensor, x: Tensor) => {
            const [small] = boundedWhile(
              (value) => less(1, value),
              (value) => [mul(value, 0.5)],
              [x],
              30,
            )
            return { carry: add(total, small), y: small }
          },
          scalar(0),
          x,
        ).ys,
      differentiable: false,
    }),
  ),
  {
    name: 'scan: large states, many steps',
    inputs: (random) => [random.normal([64, 96]), random.normal([16, 64, 96]), random.normal([96, 96], 0.1)],
    fn: (state, x, weight) =>
      scan((h: Tensor, x: Tensor) => ({ carry: tanh(add(x, matmul(h, weight))), y: h }), state, x).ys,
    repeats: 2,
  },
  {
    name: 'scan: a loss over one step, differentiated once more inside',
    inputs: () => [f32([3], [0.3, -0.2, 0.9])],
    fn: (x) =>
      grad(
        (x: Tensor) => scan((h: Tensor, x: Tensor) => ({ carry: mul(add(h, x), x), y: undefined }), scalar(1), x).carry,
      )(x),
  },
]
