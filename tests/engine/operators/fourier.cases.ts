/** Fourier transforms against their sums, at lengths of one factor and of two, and the convolution made of them. */

import type { Complex } from '#seqlab/engine/operators/complex.js'
import { fft, fftConvolution, ifft, irfft, rfft } from '#seqlab/engine/operators/fourier.js'
import type { Tensor, TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import type { Random } from './random.js'

const lengths = [1, 2, 7, 32, 33, 37, 48]
const longer = [64, 91, 128]
const parts = ({ re, im }: Complex): Tensor[] => [re, im]
const half = (N: number) => Math.floor(N / 2) + 1
const pair = (N: number) => (r: Random) => [r.normal([2, N]), r.normal([2, N])]

/** The sums of a transform of two rows: real parts, then imaginary ones. */
function sums(re: ArrayLike<number>, im: ArrayLike<number> | undefined, N: number, keep: number, sign: number) {
  const parts: [number[], number[]] = [[], []]
  for (let row = 0; row < 2; row++) {
    for (let k = 0; k < keep; k++) {
      let [x, y] = [0, 0]
      for (let n = 0; n < N; n++) {
        const angle = (sign * 2 * Math.PI * ((k * n) % N)) / N
        const [a, b] = [re[row * N + n], im?.[row * N + n] ?? 0]
        x += a * Math.cos(angle) - b * Math.sin(angle)
        y += a * Math.sin(angle) + b * Math.cos(angle)
      }
      parts[0].push(x)
      parts[1].push(y)
    }
  }
  return parts
}

export const cases: OperatorCase[] = [
  ...[...lengths, ...longer].flatMap((N): OperatorCase[] => {
    const second = N <= 48
    return [
      {
        name: `fft: ${N}`,
        inputs: pair(N),
        fn: (re, im) => parts(fft({ re, im })),
        expected: (re, im) => sums(re.data, im.data, N, N, -1),
        second,
      },
      {
        name: `ifft: ${N}`,
        inputs: pair(N),
        fn: (re, im) => parts(ifft({ re: squared(re), im: squared(im) })),
        expected: (re, im) => sums(squares(re), squares(im), N, N, 1).map((part) => part.map((value) => value / N)),
        second,
      },
      {
        name: `rfft: ${N}`,
        inputs: (r) => [r.normal([2, N])],
        fn: (x) => parts(rfft(x)),
        expected: (x) => sums(x.data, undefined, N, half(N), -1),
        second,
      },
      {
        name: `irfft: what rfft took apart, ${N}`,
        inputs: (r) => [r.normal([2, N])],
        fn: (x) => irfft(rfft(x), N),
        expected: (x) => [x.data],
        second,
      },
      {
        name: `fftConvolution: ${N}`,
        inputs: (r) => [r.normal([2, 3, N]), r.normal([3, N])],
        fn: (x, kernel) => fftConvolution(x, kernel),
        expected: (x, kernel) => [convolved(x.data, kernel.data, N, N, 3)],
        second,
      },
    ]
  }),
  {
    name: 'fft: second derivatives of its square',
    inputs: pair(36),
    fn: (re, im) => parts(fft({ re, im })).map(squared),
  },
  {
    name: 'rfft: a signal filled up with zeros, without leading axes',
    inputs: (r) => [r.normal([5]), r.normal([40])],
    fn: (x, y) => [...parts(rfft(x, 8)), ...parts(rfft(y, 64))].map(squared),
  },
  {
    name: 'irfft: any spectrum, and its first values alone',
    inputs: (r) => [r.normal([half(60)]), r.normal([half(60)])],
    fn: (re, im) => [irfft({ re: squared(re), im: squared(im) }, 60), irfft({ re, im }, 60, 7)],
  },
  {
    name: 'fftConvolution: kernels shorter and longer than the signal',
    inputs: (r) => [r.normal([2, 3, 20]), r.normal([5]), r.normal([3, 30])],
    fn: (x, short, long) => [fftConvolution(squared(x), short), fftConvolution(x, long)],
  },
  {
    name: 'fftConvolution: large',
    inputs: (r) => [r.normal([2, 8, 256]), r.normal([8, 256])],
    fn: (x, kernel) => fftConvolution(x, kernel),
    second: false,
  },
]

/** In double precision, unlike the arrays' own map. */
function squares({ data }: TensorData): number[] {
  return Array.from(data, (value) => value * value)
}

/** y_t = Σ_s kernel_s x_{t−s}, row by row; the kernels repeat. */
function convolved(x: ArrayLike<number>, kernel: ArrayLike<number>, T: number, K: number, kernels: number): number[] {
  return Array.from({ length: x.length }, (_, i) => {
    const [row, t] = [Math.floor(i / T), i % T]
    let total = 0
    for (let s = 0; s <= Math.min(t, K - 1); s++) total += kernel[(row % kernels) * K + s] * x[row * T + t - s]
    return total
  })
}
