/** Element by element: arithmetic with broadcasting, activations in their stable forms, comparison, selection, casts. */
import { broadcastOffsets, broadcastShapes } from '../loops.js'
import type { OnnxLowering } from '../onnx/lowering.js'
import { allocate, defineOperator, expect, expectType, type Operator } from '../operator.js'
import { type DType, describe, type Spec, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { asTensor, constantData, scalarValue, type TensorLike } from './constant.js'
import { sumTo } from './reduce.js'

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

interface Binary {
  dtypes?: readonly DType[]
  result?: DType
  value(a: number, b: number): number
  /** The same on 32-bit integers, where it differs. */
  integer?(a: number, b: number): number
  gradient?(g: Tensor, a: Tensor, b: Tensor, y: Tensor): readonly [() => Tensor, () => Tensor]
  onnx: string | Operator<null>['onnx']
}

function binary(name: string, { dtypes = ['f32', 'i32'], result, value, integer, gradient, onnx }: Binary) {
  const operator = defineOperator<null>({
    name,
    infer([a, b]) {
      expectType([a, b], dtypes, name)
      expect(a.dtype === b.dtype, name, () => `takes two of one type, got ${describe(a)} and ${describe(b)} – cast one`)
      const shape = broadcastShapes(a.shape, b.shape)
      expect(shape !== undefined, name, () => {
        return `shapes must broadcast, got ${describe(a)} and ${describe(b)} – trailing axes must be equal or 1`
      })
      return [{ shape, dtype: result ?? a.dtype }]
    },
    gradient:
      gradient &&
      (({ inputs: [a, b], outputs: [y], cotangents: [g], wanted }) => {
        if (!g) return []
        const parts = gradient(g, a, b, y)
        return [wanted[0] ? sumTo(parts[0](), a.shape) : undefined, wanted[1] ? sumTo(parts[1](), b.shape) : undefined]
      }),
    reference([a, b], _, [spec]) {
      const out = allocate(spec, sizeOf(spec.shape))
      const left = broadcastOffsets(a.shape, spec.shape)
      const right = broadcastOffsets(b.shape, spec.shape)
      const f = a.data instanceof Int32Array && integer ? integer : value
      for (let i = 0; i < out.length; i++) out[i] = f(a.data[left[i]], b.data[right[i]])
      return [out]
    },
    onnx: typeof onnx === 'string' ? (lowering, inputs) => lowering.node(onnx, inputs) : onnx,
  })
  return (a: TensorLike, b: TensorLike): Tensor => {
    const left = asTensor(a, typeof b === 'number' ? undefined : b, name)
    return apply(operator, [left, asTensor(b, left, name)], null)[0]
  }
}

const number = ['f32', 'i32'] as const

export const add = binary('add', {
  value: (a, b) => a + b,
  integer: (a, b) => (a + b) | 0,
  gradient: (g) => [() => g, () => g],
  onnx: 'Add',
})
export const sub = binary('sub', {
  value: (a, b) => a - b,
  integer: (a, b) => (a - b) | 0,
  gradient: (g) => [() => g, () => neg(g)],
  onnx: 'Sub',
})
export const mul = binary('mul', {
  value: (a, b) => a * b,
  integer: Math.imul,
  gradient: (g, a, b) => [() => mul(g, b), () => mul(g, a)],
  onnx: 'Mul',
})
/** Division. Integers divide towards zero; divided by 0 they give 0, and −2³¹ by −1 wraps around. */
export const div = binary('div', {
  value: (a, b) => a / b,
  integer: (a, b) => (b === 0 ? 0 : (a / b) | 0),
  gradient: (g, _, b, y) => [() => div(g, b), () => neg(div(mul(g, y), b))],
  onnx(lowering, [a, b], { inputs: [, divisor] }) {
    if (!mayTrap(divisor)) return lowering.node('Div', [a, b])
    const one = lowering.scalar(1, 'i32')
    const trap = lowerTrap(lowering, b)
    // Instead of by 0 or −1, which end the run or the process, divide by 1 and multiply.
    const quotient = lowering.node('Div', [a, lowering.node('Where', [trap, one, b])])
    return lowering.node('Mul', [quotient, lowering.node('Where', [trap, b, one])])
  },
})
/** Whether an integer division may be one that the processor refuses: by 0, or −2³¹ by −1. */
function mayTrap(divisor: Tensor): boolean {
  return divisor.dtype === 'i32' && !constantData(divisor)?.every((value) => value !== 0 && value !== -1)
}
function lowerTrap(lowering: OnnxLowering, divisor: string): string {
  return lowering.node(
    'Or',
    [0, -1].map((value) => lowering.node('Equal', [divisor, lowering.scalar(value, 'i32')])),
  )
}
/** a to the power b, for a > 0; with a constant integer b for a < 0 too, and from b = 0 for a = 0. */
export const pow = binary('pow', {
  dtypes: ['f32'],
  value: (a, b) => a ** b,
  gradient: (g, a, b, y) => [() => mul(g, powSlope(a, b)), () => mul(g, mul(y, log(a)))],
  onnx: 'Pow',
})
/** b · a^(b − 1); where b is 0, that is 0 for every a, and so are its derivatives. */
function powSlope(a: Tensor, b: Tensor): Tensor {
  const exponent = scalarValue(b)
  if (exponent === undefined) return mul(b, pow(where(equal(b, 0), 1, a), sub(b, 1)))
  return exponent === 0 ? asTensor(0) : mul(pow(a, exponent - 1), exponent)
}
/** The larger; at a tie the gradient goes to both in halves. */
export const maximum = binary('maximum', {
  value: Math.max,
  gradient: (g, a, b) => [() => mul(g, preference(a, b)), () => mul(g, preference(b, a))],
  onnx: 'Max',
})
/** The smaller; at a tie the gradient goes to both in halves. */
export const minimum = binary('minimum', {
  value: Math.min,
  gradient: (g, a, b) => [() => mul(g, preference(b, a)), () => mul(g, preference(a, b))],
  onnx: 'Min',
})
/** 1 where a > b, ½ where equal, 0 elsewhere. */
function preference(a: Tensor, b: Tensor): Tensor {
  return where(greater(a, b), 1, mul(cast(equal(a, b), 'f32'), 0.5))
}
/** Remainder with the sign of the divisor; by 0 it is 0. */
export const mod = binary('mod', {
  dtypes: ['i32'],
  value: (a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b)),
  onnx(lowering, [a, b], { inputs: [, divisor] }) {
    // Divided by 1 the remainder is 0, as by −1.
    const safe = () => lowering.node('Where', [lowerTrap(lowering, b), lowering.scalar(1, 'i32'), b])
    return lowering.node('Mod', [a, mayTrap(divisor) ? safe() : b])
  },
})

export const equal = binary('equal', {
  dtypes: ['f32', 'i32', 'bool'],
  result: 'bool',
  value: (a, b) => +(a === b),
  onnx: 'Equal',
})
export const less = binary('less', { result: 'bool', value: (a, b) => +(a < b), onnx: 'Less' })
export const lessEqual = binary('lessEqual', { result: 'bool', value: (a, b) => +(a <= b), onnx: 'LessOrEqual' })
export const greater = binary('greater', { result: 'bool', value: (a, b) => +(a > b), onnx: 'Greater' })
export const greaterEqual = binary('greaterEqual', {
  result: 'bool',
  value: (a, b) => +(a >= b),
  onnx: 'GreaterOrEqual',
})
export const and = binary('and', { dtypes: ['bool'], value: (a, b) => a & b, onnx: 'And' })
export const or = binary('or', { dtypes: ['bool'], value: (a, b) => a | b, onnx: 'Or' })

export const bitAnd = binary('bitAnd', { dtypes: ['i32'], value: (a, b) => a & b, onnx: 'BitwiseAnd' })
export const bitOr = binary('bitOr', { dtypes: ['i32'], value: (a, b) => a | b, onnx: 'BitwiseOr' })
export const bitXor = binary('bitXor', { dtypes: ['i32'], value: (a, b) => a ^ b, onnx: 'BitwiseXor' })
/** ONNX shifts unsigned integers only, and by 32 and more to no defined result. */
const shift =
  (direction: 'LEFT' | 'RIGHT'): Operator<null>['onnx'] =>
  (lowering, [x, by], { inputs: [, amount] }) => {
    const small = constantData(amount)?.every((value) => value >= 0 && value < 32)
    const bounded = small ? by : lowering.node('BitwiseAnd', [by, lowering.scalar(31, 'i32')])
    const unsigned = [x, bounded].map((input) => lowering.cast(input, 'uint32'))
    return lowering.cast(lowering.node('BitShift', unsigned, { direction }), 'int32')
  }
/** Shifts fill with zeros; the amount counts modulo 32. */
export const shiftLeft = binary('shiftLeft', { dtypes: ['i32'], value: (a, b) => a << b, onnx: shift('LEFT') })
/** Shifts fill with zeros, whatever the sign; the amount counts modulo 32. */
export const shiftRight = binary('shiftRight', { dtypes: ['i32'], value: (a, b) => a >>> b, onnx: shift('RIGHT') })

export const not = unary('not', { dtypes: ['bool'], value: (x) => 1 - x, onnx: 'Not' })
export const neg = unary('neg', { dtypes: number, value: (x) => -x, gradient: (g) => neg(g), onnx: 'Neg' })
export const abs = unary('abs', { dtypes: number, value: Math.abs, gradient: (g, x) => mul(g, sign(x)), onnx: 'Abs' })
export const sign = unary('sign', { dtypes: number, value: Math.sign, onnx: 'Sign' })
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
/** log(1 + exp(−|x|)): ONNX Runtime's own Softplus is several times slower. */
function softTail(lowering: OnnxLowering, x: string): string {
  const decayed = lowering.node('Exp', [lowering.node('Neg', [lowering.node('Abs', [x])])])
  return lowering.node('Log', [lowering.node('Add', [decayed, lowering.scalar(1)])])
}
/** The Gaussian error linear unit x·Φ(x), exact form. */
export const gelu = unary('gelu', {
  value: (x) => 0.5 * x * (1 + erfValue(x / Math.SQRT2)),
  gradient: (g, x) => {
    const cumulative = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
    return mul(g, add(cumulative, mul(x, density)))
  },
  onnx: 'Gelu',
})

/** x·sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x))
}
export function square(x: Tensor): Tensor {
  return mul(x, x)
}
/** 1/√x. */
export function rsqrt(x: Tensor): Tensor {
  return reciprocal(sqrt(x))
}

const whereOperator = defineOperator<null>({
  name: 'where',
  infer([condition, a, b]) {
    expect(
      condition.dtype === 'bool',
      'where',
      () => `the condition must be bool, got ${describe(condition)} – compare or cast it`,
    )
    expect(
      a.dtype === b.dtype,
      'where',
      () => `both branches need one type, got ${describe(a)} and ${describe(b)} – cast one`,
    )
    const shape = broadcastShapes(condition.shape, a.shape, b.shape)
    expect(shape !== undefined, 'where', () => {
      return `shapes must broadcast, got ${[condition, a, b].map(describe).join(', ')} – trailing axes must be equal or 1`
    })
    return [{ shape, dtype: a.dtype }]
  },
  gradient({ inputs: [condition, a, b], cotangents: [g], wanted }) {
    if (!g) return []
    return [
      undefined,
      wanted[1] ? sumTo(where(condition, g, 0), a.shape) : undefined,
      wanted[2] ? sumTo(where(condition, 0, g), b.shape) : undefined,
    ]
  },
  reference([condition, a, b], _, [spec]) {
    const out = allocate(spec, sizeOf(spec.shape))
    const offsets = [condition, a, b].map((operand) => broadcastOffsets(operand.shape, spec.shape))
    for (let i = 0; i < out.length; i++)
      out[i] = condition.data[offsets[0][i]] ? a.data[offsets[1][i]] : b.data[offsets[2][i]]
    return [out]
  },
  onnx(lowering, inputs, { outputs: [y] }) {
    if (y.dtype !== 'bool') return lowering.node('Where', inputs)
    // ONNX Runtime has no Where of booleans.
    const [condition, a, b] = inputs
    const chosen = lowering.node('And', [condition, a])
    return lowering.node('Or', [chosen, lowering.node('And', [lowering.node('Not', [condition]), b])])
  },
})
/** a where the condition holds, else b. Selects, so what is not chosen may be infinite or NaN. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const left = asTensor(a, typeof b === 'number' ? undefined : b, 'where')
  return apply(whereOperator, [condition, left, asTensor(b, left, 'where')], null)[0]
}

const onnxTypes = { f32: 'float', i32: 'int32', bool: 'bool' } as const
const castOperator = defineOperator<DType>({
  name: 'cast',
  infer: ([x], dtype): Spec[] => [{ shape: x.shape, dtype }],
  gradient: ({ inputs: [x], cotangents: [g], attributes }) => [
    g && x.dtype === 'f32' && attributes === 'f32' ? g : undefined,
  ],
  reference([x], dtype, [spec]) {
    const out = allocate(spec, x.data.length)
    for (let i = 0; i < out.length; i++)
      out[i] = dtype === 'bool' ? +(x.data[i] !== 0) : dtype === 'i32' ? Math.trunc(x.data[i]) : x.data[i]
    return [out]
  },
  onnx: (lowering, [x], node) => lowering.cast(x, onnxTypes[node.attributes]),
})
/**
 * Changes the type: floats truncate towards zero, anything but zero is true. NaN and floats beyond 32 bits give integers
 * that differ between executors.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castOperator, [x], dtype)[0]
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
