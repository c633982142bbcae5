/** Running totals along an axis. */
import { eachLine } from '../loops.js'
import { allocate, defineOperator, expect } from '../operator.js'
import { describe, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { add, maximum, sub } from './elementwise.js'
import { delayed, linearRecurrence } from './recurrence.js'
import { stopGradient } from './reduce.js'
import { scan } from './scan.js'
import { full, normalizeAxis, transpose, zeros } from './shape.js'
import { exp, log } from './unary.js'

interface Order {
  /** Leaves each position's own value out. */
  readonly exclusive?: boolean
  /** Runs from the last position to the first. */
  readonly reverse?: boolean
}

const sumOperator = defineOperator<Required<Order> & { axis: number }>({
  name: 'cumulativeSum',
  infer([x]) {
    expect(x.dtype !== 'bool', 'cumulativeSum', () => `takes f32 or i32, got ${describe(x)} – cast it first`)
    return [x]
  },
  gradient({ cotangents: [g], attributes: { axis, exclusive, reverse } }) {
    return [g && cumulativeSum(g, axis, { exclusive, reverse: !reverse })]
  },
  reference([x], { axis, exclusive, reverse }, [spec]) {
    const out = allocate(spec, x.data.length)
    const extent = x.shape[axis]
    eachLine(x.shape, axis, (start, stride) => {
      let total = 0
      for (let i = 0; i < extent; i++) {
        const at = start + (reverse ? extent - 1 - i : i) * stride
        out[at] = exclusive ? total : total + x.data[at]
        total += x.data[at]
      }
    })
    return [out]
  },
  onnx: (lowering, [x], { attributes: { axis, exclusive, reverse } }) =>
    // A triangular matmul is up to twice as fast along the last axis, but spreads one infinity over the whole line.
    lowering.node('CumSum', [x, lowering.int64Scalar(axis)], {
      exclusive: exclusive ? 1 : 0,
      reverse: reverse ? 1 : 0,
    }),
})
/** Σ of the values up to each position along an axis. */
export function cumulativeSum(x: Tensor, axis: number, { exclusive = false, reverse = false }: Order = {}): Tensor {
  return apply(sumOperator, [x], { axis: normalizeAxis('cumulativeSum', axis, x), exclusive, reverse })[0]
}

/** Π of the values up to each position along an axis. The gradient holds where values are zero, too. */
export function cumulativeProduct(x: Tensor, axis: number, { exclusive = false, reverse = false }: Order = {}): Tensor {
  const at = normalizeAxis('cumulativeProduct', axis, x)
  const one = x.shape.map((extent, index) => (index === at ? 1 : extent))
  const factors = exclusive ? delayed(x, full(one, 1), { axis: at, reverse }) : x
  const start = full(
    x.shape.filter((_, index) => index !== at),
    1,
  )
  return linearRecurrence(factors, zeros(x.shape), start, { axis: at, reverse })
}

/** The largest value up to each position along an axis; at a tie the gradient goes to both in halves. */
export function cumulativeMax(x: Tensor, axis: number, { reverse = false }: Pick<Order, 'reverse'> = {}): Tensor {
  const at = normalizeAxis('cumulativeMax', axis, x)
  if (x.size === 0) return x
  const toFront = [at, ...[...x.shape.keys()].filter((index) => index !== at)]
  const start = full(
    x.shape.filter((_, index) => index !== at),
    Number.NEGATIVE_INFINITY,
  )
  const body = (carry: Tensor, value: Tensor) => {
    const largest = maximum(carry, value)
    return { carry: largest, y: largest }
  }
  const { ys } = scan(body, start, transpose(x, toFront), { reverse })
  return transpose(
    ys,
    toFront.map((_, index) => toFront.indexOf(index)),
  )
}

/** log Σ exp of the values up to each position along an axis, each referred to the largest so far. */
export function cumulativeLogSumExp(x: Tensor, axis: number, { reverse = false }: Pick<Order, 'reverse'> = {}): Tensor {
  const at = normalizeAxis('cumulativeLogSumExp', axis, x)
  // With m the running maximum: S_t = exp(m_{t−1} − m_t) S_{t−1} + exp(x_t − m_t), and the result is m + log S.
  const largest = maximum(stopGradient(cumulativeMax(x, at, { reverse })), -1e30)
  const one = x.shape.map((extent, index) => (index === at ? 1 : extent))
  const before = delayed(largest, full(one, -1e30), { axis: at, reverse })
  const total = linearRecurrence(exp(sub(before, largest)), exp(sub(x, largest)), undefined, { axis: at, reverse })
  return add(log(total), largest)
}
