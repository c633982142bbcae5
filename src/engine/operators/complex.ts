/** Complex numbers as pairs of real tensors. */
import type { Tensor } from '../tensor.js'
import type { TensorLike } from './constant.js'
import { add, div, mul, sub } from './elementwise.js'
import { zeros } from './shape.js'
import { cos, exp, neg, sin, sqrt } from './unary.js'

export interface Complex {
  readonly re: Tensor
  readonly im: Tensor
}

/** re + i·im; without an imaginary part, a real number. */
export function complex(re: Tensor, im?: Tensor): Complex {
  return { re, im: im ?? zeros(re.shape) }
}
/** radius · exp(i·angle). */
export function polar(radius: TensorLike, angle: Tensor): Complex {
  return { re: mul(radius, cos(angle)), im: mul(radius, sin(angle)) }
}
export function complexAdd(a: Complex, b: Complex): Complex {
  return { re: add(a.re, b.re), im: add(a.im, b.im) }
}
export function complexSub(a: Complex, b: Complex): Complex {
  return { re: sub(a.re, b.re), im: sub(a.im, b.im) }
}
export function complexMul(a: Complex, b: Complex): Complex {
  return { re: sub(mul(a.re, b.re), mul(a.im, b.im)), im: add(mul(a.re, b.im), mul(a.im, b.re)) }
}
/** a / b, for |b|² within range. */
export function complexDiv(a: Complex, b: Complex): Complex {
  const { re, im } = complexMul(a, complexConj(b))
  const size = complexSquaredAbs(b)
  return { re: div(re, size), im: div(im, size) }
}
/** A real multiple. */
export function complexScale(a: Complex, factor: TensorLike): Complex {
  return { re: mul(a.re, factor), im: mul(a.im, factor) }
}
export function complexConj({ re, im }: Complex): Complex {
  return { re, im: neg(im) }
}
export function complexExp({ re, im }: Complex): Complex {
  return polar(exp(re), im)
}
/** |a|²: smooth everywhere, unlike |a|. */
export function complexSquaredAbs({ re, im }: Complex): Tensor {
  return add(mul(re, re), mul(im, im))
}
/** |a|; it has no gradient at 0. */
export function complexAbs(a: Complex): Tensor {
  return sqrt(complexSquaredAbs(a))
}
