import { type Tensor, zeros } from '../../engine/index.js'
import { type Kernel, kernelChunked, squareKernel, taylorKernel } from '../kernel-attention.js'
import { type ChunkOptions, chunkOf, scaled } from './options.js'

/**
 * Based's linear attention: causal weights 1 + x + x²/2 with x = scale · q·k, the first terms of exp(x), rows divided by
 * their sum. In chunks, with the features (1, x, x⊗x/√2) of what came before: linear in T.
 *
 * q, k [B, H, T, K], v [B, H, T, V]; returns [B, H, T, V]. The state has (1 + K + K(K+1)/2)(V + 1) numbers a head.
 * Arora et al. 2024, arXiv:2402.18668, equations 4 and 5.
 */
export function based(q: Tensor, k: Tensor, v: Tensor, options: ChunkOptions = {}): Tensor {
  return polynomial(taylorKernel, q, k, v, options, 'based')
}

/**
 * Rebased's linear attention: causal weights (scale · q·k)², rows divided by their sum. In chunks, with the features x⊗x
 * of what came before: linear in T. Shapes as for {@link based}. Aksenov et al. 2024, arXiv:2402.10644, section 4.
 */
export function rebased(q: Tensor, k: Tensor, v: Tensor, options: ChunkOptions = {}): Tensor {
  return polynomial(squareKernel, q, k, v, options, 'rebased')
}

function polynomial(kernel: Kernel, q: Tensor, k: Tensor, v: Tensor, options: ChunkOptions, name: string): Tensor {
  const [B, H, , K] = k.shape
  const memory = zeros([B, H, kernel.width(K), v.shape[3] + 1])
  return kernelChunked(kernel, { q: scaled(q, options), k, v }, { memory }, chunkOf(name, options)).y
}
