/** The inverse of matrices by products alone: Razavi et al. 2014, as Xiong et al. 2021, arXiv:2102.03902, equation 11, use it. */
import { constant, matmul, mul, sub, type Tensor, transpose } from '../engine/index.js'

const steps = 6

/**
 * Z ← Z (13 I − A Z (15 I − A Z (7 I − A Z))) / 4, six times from Z = Aᵀ · factor, for A [..., m, m]. It comes near the
 * inverse, or the pseudoinverse, where factor is at most 1 / (‖A‖₁ ‖A‖∞).
 */
export function iterativeInverse(A: Tensor, factor: Tensor): Tensor {
  const m = A.shape[A.rank - 1]
  const eye = identity(m)
  const order = [...A.shape.keys()]
  let Z = mul(transpose(A, [...order.slice(0, -2), A.rank - 1, A.rank - 2]), factor)
  for (let step = 0; step < steps; step++) {
    const product = matmul(A, Z)
    const inner = sub(mul(eye, 15), matmul(product, sub(mul(eye, 7), product)))
    Z = matmul(mul(Z, 0.25), sub(mul(eye, 13), matmul(product, inner)))
  }
  return Z
}

export const identity = (m: number): Tensor =>
  constant(
    Float32Array.from({ length: m * m }, (_, index) => Number(index % (m + 1) === 0)),
    [m, m],
  )
