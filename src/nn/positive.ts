/** Maps to positive numbers. */
import { add, less, minimum, relu, sigmoid, type Tensor, where } from '../engine/index.js'

/** u + ½ from 0 up, sigmoid(u) below: continuous, its slope jumps from ¼ to 1 at 0. Feng et al. 2024, arXiv:2410.01201, appendix B. */
export function positivePart(u: Tensor): Tensor {
  return where(less(u, 0), sigmoid(minimum(u, 0)), add(relu(u), 0.5))
}
