/** Convolution over time, put together from shifted copies of the sequence. */
import { expect } from '../operator.js'
import { describe, type Tensor } from '../tensor.js'
import { add, mul } from './elementwise.js'
import { matmul } from './matmul.js'
import { concat, pad, slice, stack } from './parts.js'
import { reshape, transpose } from './shape.js'

export interface Convolution {
  /** Distance between outputs. */
  readonly stride?: number
  /** Distance between what neighbouring taps see. */
  readonly dilation?: number
  /** `causal`: the last tap sees the present. `same`: centred. `valid`: only where every tap sees something. */
  readonly padding?: 'causal' | 'same' | 'valid'
}

function expectSequence(name: string, x: Tensor): void {
  expect(x.rank === 3, name, () => `takes a sequence [B, T, C], got ${describe(x)}`)
}

/** What each tap of a kernel sees of x [B, T, C] at every output position: a list of [B, out, C]. */
function taps(
  name: string,
  x: Tensor,
  count: number,
  { stride = 1, dilation = 1, padding = 'causal' }: Convolution,
): Tensor[] {
  const whole = [stride, dilation].every((each) => Number.isInteger(each) && each > 0)
  expect(whole, name, () => `stride and dilation must be integers from 1, got ${stride} and ${dilation}`)
  const [B, T, C] = x.shape
  const reach = (count - 1) * dilation
  const out = padding === 'valid' ? Math.floor((T - reach - 1) / stride) + 1 : Math.ceil(T / stride)
  expect(out > 0, name, () => {
    return `${count} taps ${dilation} apart need ${reach + 1} positions where nothing is padded, got ${describe(x)}`
  })
  const missing = Math.max(0, (out - 1) * stride + reach + 1 - T)
  const before = padding === 'causal' ? reach : padding === 'same' ? Math.floor(missing / 2) : 0
  const length = out * stride
  const padded = pad(x, 1, before, Math.max(0, reach + length - before - T))
  return Array.from({ length: count }, (_, tap) => {
    const seen = slice(padded, 1, tap * dilation, tap * dilation + length)
    return stride === 1 ? seen : reshape(slice(reshape(seen, [B, out, stride, C]), 2, 0, 1), [B, out, C])
  })
}

/** Convolution of x [B, T, Cin] with a kernel [K, Cin / groups, Cout]: [B, out, Cout]. Causal unless told otherwise. */
export function conv1d(
  x: Tensor,
  kernel: Tensor,
  { groups = 1, ...window }: Convolution & { groups?: number } = {},
): Tensor {
  expectSequence('conv1d', x)
  const channels = x.shape[2]
  const [count, width, outputs] = kernel.shape
  expect(kernel.rank === 3 && width * groups === channels && outputs % groups === 0, 'conv1d', () => {
    return `${describe(x)} in ${groups} groups needs a kernel [K, ${channels / groups}, Cout] with Cout a multiple of ${groups}, got ${describe(kernel)}`
  })
  if (width === 1 && outputs === groups) return depthwiseConv1d(x, reshape(kernel, [count, channels]), window)
  const seen = taps('conv1d', x, count, window)
  if (groups === 1) return matmul(concat(seen, 2), reshape(kernel, [count * width, outputs]))
  const [B, out] = seen[0].shape
  const perGroup = transpose(reshape(stack(seen, 2), [B * out, count, groups, width]), [2, 0, 1, 3])
  const weights = transpose(reshape(kernel, [count, width, groups, outputs / groups]), [2, 0, 1, 3])
  const y = matmul(
    reshape(perGroup, [groups, B * out, count * width]),
    reshape(weights, [groups, count * width, outputs / groups]),
  )
  return reshape(transpose(y, [1, 0, 2]), [B, out, outputs])
}

/** Every channel of x [B, T, D] convolved with its own column of the kernel [K, D]. Causal unless told otherwise. */
export function depthwiseConv1d(x: Tensor, kernel: Tensor, window: Convolution = {}): Tensor {
  expectSequence('depthwiseConv1d', x)
  expect(kernel.rank === 2 && kernel.shape[1] === x.shape[2], 'depthwiseConv1d', () => {
    return `${describe(x)} needs a kernel [K, ${x.shape[2]}], got ${describe(kernel)}`
  })
  // Multiply-adds: ONNX Conv with the transposes it needs gains 1.2 times forward and, with its gradients, less.
  const seen = taps('depthwiseConv1d', x, kernel.shape[0], window)
  return seen.map((part, tap) => mul(part, slice(kernel, 0, tap, tap + 1))).reduce((total, term) => add(total, term))
}
