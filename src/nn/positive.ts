/** Maps to positive numbers. */
import { add, exp, less, minimum, relu, sigmoid, type Tensor, where } from '../engine/index.js'

/** u + ½ from 0 up, sigmoid(u) below: continuous, its slope jumps from ¼ to 1 at 0. Feng et al. 2024, arXiv:2410.01201, appendix B. */
export function positivePart(u: Tensor): Tensor {
  return where(less(u, 0), sigmoid(minimum(u, 0)), add(relu(u), 0.5))
}

/** 1 + elu(u): u + 1 from 0 up, exp(u) below. The feature map of Katharopoulos et al. 2020, arXiv:2006.16236, equation 7. */
export function eluPlusOne(u: Tensor): Tensor {
  return where(less(u, 0), exp(minimum(u, 0)), add(relu(u), 1))
}
