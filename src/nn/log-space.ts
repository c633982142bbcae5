/** Sums of exponentials by their logarithms. */
import { abs, add, maximum, neg, softplus, sub, type Tensor } from '../engine/index.js'

/** log(exp a + exp b), exact however large or small they are; the logarithm of nothing is a very negative number. */
export function logAddExp(a: Tensor, b: Tensor): Tensor {
  return add(maximum(a, b), softplus(neg(abs(sub(a, b)))))
}
