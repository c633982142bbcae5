/** Element by element: arithmetic with broadcasting, activations in their stable forms, comparison, selection, casts. */
import { broadcastOffsets, broadcastShapes } from '../loops.js'
import type { OnnxLowering } from '../onnx/lowering.js'
import { allocate, defineOperator, expect, expectType, type Operator } from '../operator.js'
import { type DType, describe, sameShape, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { asTensor, constantData, scalarValue, type TensorLike } from './constant.js'
import { sumTo } from './reduce.js'
import { cast, where } from './selection.js'
import { log, neg } from './unary.js'

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
      const f = a.data instanceof Int32Array && integer ? integer : value
      if (sameShape(a.shape, b.shape)) {
        for (let i = 0; i < out.length; i++) out[i] = f(a.data[i], b.data[i])
        return [out]
      }
      const left = broadcastOffsets(a.shape, spec.shape)
      const right = broadcastOffsets(b.shape, spec.shape)
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

const _number = ['f32', 'i32'] as const

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
