/** The transpose of a strided convolution: what makes a short sequence long again. */
import { conv1d, flip, pad, reshape, slice, type Tensor, unsqueeze } from '../engine/index.js'

/**
 * x [B, ⌈length / stride⌉, Cin] spread by a kernel [K, Cin, Cout] to [B, length, Cout]: each position of x adds kernel j
 * to output stride · position + j − before, the transpose of `conv1d` with this stride and padding `same`.
 */
export function transposedConv1d(x: Tensor, kernel: Tensor, stride: number, length: number): Tensor {
  const [B, L, C] = x.shape
  const [taps] = kernel.shape
  const before = Math.floor(Math.max(0, (L - 1) * stride + taps - length) / 2)
  const spread = reshape(pad(unsqueeze(x, 2), 2, 0, stride - 1), [B, L * stride, C])
  const padded = pad(spread, 1, taps - 1 - before, Math.max(0, length + before - L * stride))
  return conv1d(slice(padded, 1, 0, length + taps - 1), flip(kernel, 0), { padding: 'valid' })
}
