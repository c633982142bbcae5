/** Convolution over time against the sums that define it. */
import { conv1d, depthwiseConv1d } from '#seqlab/engine/operators/convolution.js'
import type { TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'

const paddings = ['causal', 'same', 'valid'] as const

/** y[b, t, o] = Σ over taps j and channels c of the group of x[b, t·stride + j·dilation − before, c] · kernel[j, c, o]. */
function naive(x: TensorData, kernel: TensorData, groups: number, stride: number, dilation: number, padding: string) {
  const [B, T, C] = x.shape
  const [K, width, outputs] = kernel.shape
  const span = (K - 1) * dilation
  const out = padding === 'valid' ? Math.ceil((T - span) / stride) : Math.ceil(T / stride)
  const around = Math.max(0, (out - 1) * stride + span + 1 - T)
  const before = { causal: span, valid: 0, same: Math.floor(around / 2) }[padding] ?? Number.NaN
  const y: number[] = []
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < out; t++) {
      for (let o = 0; o < outputs; o++) {
        let total = 0
        for (let j = 0; j < K; j++) {
          const at = t * stride + j * dilation - before
          for (let c = 0; at >= 0 && at < T && c < width; c++) {
            const channel = Math.floor(o / (outputs / groups)) * width + c
            total += x.data[(b * T + at) * C + channel] * kernel.data[(j * width + c) * outputs + o]
          }
        }
        y.push(total)
      }
    }
  }
  return y
}

export const cases: OperatorCase[] = [
  ...paddings.flatMap((padding) =>
    [1, 2].flatMap((stride) =>
      [1, 2].flatMap((dilation) =>
        [1, 2].map(
          (groups): OperatorCase => ({
            name: `conv1d: ${padding}, stride ${stride}, dilation ${dilation}, ${groups} groups`,
            inputs: (r) => [r.normal([2, 7, 4]), r.normal([3, 4 / groups, 6])],
            fn: (x, kernel) => conv1d(x, kernel, { padding, stride, dilation, groups }),
            expected: (x, kernel) => [naive(x, kernel, groups, stride, dilation, padding)],
          }),
        ),
      ),
    ),
  ),
  {
    name: 'conv1d: one tap, and more taps than positions',
    inputs: (r) => [r.normal([2, 3, 2]), r.normal([1, 2, 3]), r.normal([5, 2, 2])],
    fn: (x, one, five) => [conv1d(squared(x), one), conv1d(squared(x), five)],
  },
  {
    name: 'conv1d: a group a channel',
    inputs: (r) => [r.normal([2, 5, 3]), r.normal([2, 1, 3])],
    fn: (x, kernel) => conv1d(squared(x), kernel, { groups: 3 }),
    expected: (x, kernel) => [
      naive({ ...x, data: Float64Array.from(x.data, (value) => value * value) }, kernel, 3, 1, 1, 'causal'),
    ],
  },
  {
    name: 'conv1d: large',
    inputs: (r) => [r.normal([2, 128, 32]), r.normal([4, 32, 48])],
    fn: (x, kernel) => conv1d(x, kernel),
    second: false,
  },

  ...paddings.map(
    (padding): OperatorCase => ({
      name: `depthwiseConv1d: ${padding}`,
      inputs: (r) => [r.normal([2, 6, 3]), r.normal([4, 3])],
      fn: (x, kernel) => depthwiseConv1d(x, kernel, { padding }),
      expected: (x, kernel) => [naive(x, { ...kernel, shape: [4, 1, 3] }, 3, 1, 1, padding)],
    }),
  ),
  {
    name: 'depthwiseConv1d: fewer positions than taps',
    inputs: (r) => [r.normal([2, 1, 3]), r.normal([4, 3])],
    fn: (x, kernel) => depthwiseConv1d(squared(x), kernel),
  },
]
