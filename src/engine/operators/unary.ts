/** Functions of one tensor, element by element; activations in their stable forms. */
import type { OnnxLowering } from '../onnx/lowering.js'
import { allocate, defineOperator, expectType, type Operator, worthSharing } from '../operator.js'
import type { DType, Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { add, div, greater, mul, sub } from './elementwise.js'
import { where } from './selection.js'

interface Unary {
  /** Element types it takes; f32 alone by default. */
  dtypes?: readonly DType[]
  value(x: number): number
  /** Cotangent of the input, from the cotangent g, the input x and the output y. */
  gradient?(g: Tensor, x: Tensor, y: Tensor): Tensor
  onnx: string | Operator<null>['onnx']
}

function unary(name: string, { dtypes = ['f32'], value, gradient, onnx }: Unary) {
  const operator = defineOperator<null>({
    name,
    infer([x]) {
      expectType([x], dtypes, name)
      return [x]
    },
    gradient: gradient && (({ inputs: [x], outputs: [y], cotangents: [g] }) => [g && gradient(g, x, y)]),
    reference([x], _, [spec]) {
      const out = allocate(spec, x.data.length)
      for (let i = 0; i < out.length; i++) out[i] = value(x.data[i])
      return [out]
    },
    onnx: typeof onnx === 'string' ? (lowering, inputs) => lowering.node(onnx, inputs) : onnx,
  })
  return (x: Tensor): Tensor => apply(operator, [x], null)[0]
}
const numeric = ['f32', 'i32'] as const

export const not = unary('not', { dtypes: ['bool'], value: (x) => 1 - x, onnx: 'Not' })
export const neg = unary('neg', {
  dtypes: numeric,
  value: (x) => -x,
  gradient: (g) => neg(g),
  // Neg runs on one thread, Mul on all.
  onnx: (lowering, [x], { inputs: [{ dtype, size }] }) =>
    dtype === 'f32' && size >= worthSharing
      ? lowering.node('Mul', [x, lowering.scalar(-1)])
      : lowering.node('Neg', [x]),
})
export const abs = unary('abs', { dtypes: numeric, value: Math.abs, gradient: (g, x) => mul(g, sign(x)), onnx: 'Abs' })
export const sign = unary('sign', { dtypes: numeric, value: Math.sign, onnx: 'Sign' })
export const floor = unary('floor', { value: Math.floor, onnx: 'Floor' })
export const exp = unary('exp', { value: Math.exp, gradient: (g, _, y) => mul(g, y), onnx: 'Exp' })
export const log = unary('log', { value: Math.log, gradient: (g, x) => div(g, x), onnx: 'Log' })
export const sqrt = unary('sqrt', { value: Math.sqrt, gradient: (g, _, y) => mul(div(g, y), 0.5), onnx: 'Sqrt' })
export const reciprocal = unary('reciprocal', {
  value: (x) => 1 / x,
  gradient: (g, _, y) => neg(mul(g, mul(y, y))),
  onnx: 'Reciprocal',
})
export const sin = unary('sin', { value: Math.sin, gradient: (g, x) => mul(g, cos(x)), onnx: 'Sin' })
export const cos = unary('cos', { value: Math.cos, gradient: (g, x) => neg(mul(g, sin(x))), onnx: 'Cos' })
export const tanh = unary('tanh', { value: Math.tanh, gradient: (g, _, y) => sub(g, mul(g, mul(y, y))), onnx: 'Tanh' })
export const sigmoid = unary('sigmoid', {
  value: sigmoidValue,
  gradient: (g, _, y) => mul(mul(g, y), sub(1, y)),
  onnx: 'Sigmoid',
})
export const erf = unary('erf', {
  value: erfValue,
  gradient: (g, x) => mul(mul(g, exp(neg(mul(x, x)))), 2 / Math.sqrt(Math.PI)),
  onnx: 'Erf',
})
/** (1 + erf(x))/2, from 0 to 1. */
export const erfShare = unary('erfShare', {
  value: (x) => (1 + erfValue(x)) / 2,
  gradient: (g, x) => mul(mul(g, exp(neg(mul(x, x)))), 1 / Math.sqrt(Math.PI)),
  // HardSigmoid is x/2 + 1/2 here, whose bounds erf never passes: one pass instead of two.
  onnx: (lowering, [x]) => lowering.node('HardSigmoid', [lowering.node('Erf', [x])], { alpha: 0.5, beta: 0.5 }),
})
/** The gradient at 0 is 0. */
export const relu = unary('relu', {
  value: (x) => Math.max(x, 0),
  gradient: (g, x) => where(greater(x, 0), g, 0),
  onnx: 'Relu',
})
/** log(1 + exp(x)), finite for every x: max(x, 0) + log(1 + exp(−|x|)). */
export const softplus = unary('softplus', {
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => mul(g, sigmoid(x)),
  onnx: (lowering, [x]) => lowering.node('Add', [lowering.node('Relu', [x]), softTail(lowering, x)]),
})
/** log(sigmoid(x)), finite for every x: min(x, 0) − log(1 + exp(−|x|)). */
export const logSigmoid = unary('logSigmoid', {
  value: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => mul(g, sigmoid(neg(x))),
  onnx: (lowering, [x]) => lowering.node('Sub', [lowering.node('Min', [x, lowering.scalar(0)]), softTail(lowering, x)]),
})
/**
 * log(1 + u) of u = exp(−|x|), as exact for small u as u is: log(w) of w = 1 + u in f32, and u − (w − 1), what rounding w has
 * lost. (It should be divided by w, which changes half a unit in the last place.) ONNX Runtime's own Softplus loses it, and
 * is several times slower.
 */
function softTail(lowering: OnnxLowering, x: string): string {
  const { node } = lowering
  const one = lowering.scalar(1)
  const u = node('Exp', [node('Neg', [node('Abs', [x])])])
  const w = node('Add', [u, one])
  return node('Add', [node('Log', [w]), node('Sub', [u, node('Sub', [w, one])])])
}
/** The Gaussian error linear unit x·Φ(x), exact form. */
export const gelu = unary('gelu', {
  value: (x) => 0.5 * x * (1 + erfValue(x / Math.SQRT2)),
  gradient: (g, x) => {
    // Φ(x) + x·φ(x) in s = x/√2: (1 + erf s)/2 + s·exp(−s²)/√π.
    const s = mul(x, Math.SQRT1_2)
    const density = mul(mul(s, exp(mul(s, neg(s)))), 1 / Math.sqrt(Math.PI))
    return mul(g, add(erfShare(s), density))
  },
  onnx: 'Gelu',
})

/** x·sigmoid(x), also called swish: x / (1 + exp(−x)), whose tail ONNX Runtime's own Sigmoid would round away. */
export const silu = unary('silu', {
  value: (x) => x * sigmoidValue(x),
  gradient(g, x) {
    const s = sigmoid(x)
    return mul(g, add(s, mul(mul(x, s), sub(1, s))))
  },
  onnx(lowering, [x]) {
    const decayed = lowering.node('Exp', [lowering.node('Neg', [x])])
    return lowering.node('Div', [x, lowering.node('Add', [decayed, lowering.scalar(1)])])
  },
})
export function square(x: Tensor): Tensor {
  return mul(x, x)
}
/** 1/√x. */
export function rsqrt(x: Tensor): Tensor {
  return reciprocal(sqrt(x))
}
function sigmoidValue(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))
}

/** erf to double precision: Maclaurin series below 3, continued fraction of erfc above. */
function erfValue(x: number): number {
  const z = Math.abs(x)
  if (z > 6) return Math.sign(x)
  if (z < 3) {
    let term = z
    let sum = z
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
      term *= (-z * z) / n
      sum += term / (2 * n + 1)
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI)
  }
  let fraction = 0
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (z + fraction)
  return Math.sign(x) * (1 - Math.exp(-z * z) / ((z + fraction) * Math.sqrt(Math.PI)))
}
