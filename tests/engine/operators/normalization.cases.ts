/** Softmax and norms: every axis, hidden entries, constant rows, extreme values. */
import { add, mul } from '#seqlab/engine/operators/elementwise.js'
import { layerNorm, logSoftmax, rmsNorm, softmax, unitNorm } from '#seqlab/engine/operators/normalization.js'
import { square } from '#seqlab/engine/operators/unary.js'
import type { Shape, Tensor, TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { f32, type Random } from './random.js'
import { large } from './shapes.js'

const hidden = Number.NEGATIVE_INFINITY
const everyAxis = (name: string, fn: (x: Tensor, axis?: number) => Tensor): OperatorCase[] => [
  ...[0, 1, 2, -1, undefined].map(
    (axis): OperatorCase => ({
      name: `${name}: axis ${axis}`,
      inputs: (r) => [r.normal([2, 3, 4], 2)],
      fn: (x) => fn(x, axis),
    }),
  ),
  {
    name: `${name}: rank 1, one entry, five axes`,
    inputs: (r) => [r.normal([4]), r.normal([3, 1]), r.normal([1, 2, 1, 2, 3])],
    fn: (x, y, z) => [fn(x), fn(y), fn(z, 1)],
  },
  {
    name: `${name}: an empty axis beside, and along one`,
    inputs: (r) => [r.normal([0, 3]), r.normal([3, 0, 2])],
    fn: (x, y) => [fn(x), fn(y), fn(y, 1)],
  },
  {
    name: `${name}: large`,
    inputs: (r) => [r.normal(large, 3), r.normal([128, 12, 16])],
    fn: (x, y) => [fn(x), fn(y, 1)],
  },
]

const scaled = (shape: Shape) => (random: Random) => [
  random.normal(shape, 1.5, 0.5),
  random.normal(shape.slice(-1)),
  random.normal(shape.slice(-1)),
]
const rows = ({ shape, data }: TensorData) => {
  const width = shape[shape.length - 1]
  return Array.from({ length: data.length / width }, (_, row) => Array.from(data.slice(row * width, (row + 1) * width)))
}
const average = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length

export const cases: OperatorCase[] = [
  ...everyAxis('softmax', softmax),
  ...everyAxis('logSoftmax', logSoftmax),
  {
    name: 'softmax: by hand',
    inputs: () => [f32([2, 2], [0, 0, 0, 1])],
    fn: (x) => softmax(x),
    expected: () => [[0.5, 0.5, 1 / (1 + Math.E), Math.E / (1 + Math.E)]],
  },
  {
    name: 'logSoftmax: by hand',
    inputs: () => [f32([2, 2], [0, 0, 0, 1])],
    fn: (x) => logSoftmax(x),
    expected: () => [[-Math.LN2, -Math.LN2, -Math.log(1 + Math.E), 1 - Math.log(1 + Math.E)]],
  },
  {
    name: 'softmax: ±1e4',
    inputs: () => [f32([3, 2], [1e4, 1e4, -1e4, -1e4, 1e4, -1e4])],
    fn: (x) => softmax(x),
    expected: () => [[0.5, 0.5, 0.5, 0.5, 1, 0]],
  },
  {
    name: 'logSoftmax: ±1e4',
    inputs: () => [f32([3, 2], [1e4, 1e4, -1e4, -1e4, 1e4, -1e4])],
    fn: (x) => logSoftmax(x),
    expected: () => [[-Math.LN2, -Math.LN2, -Math.LN2, -Math.LN2, 0, -2e4]],
  },
  {
    name: 'softmax: entries hidden by negative infinity',
    inputs: () => [f32([2, 3], [hidden, 1, 1, 3, hidden, hidden])],
    fn: (x) => softmax(x),
    expected: () => [[0, 0.5, 0.5, 1, 0, 0]],
  },
  {
    name: 'logSoftmax: entries hidden by negative infinity',
    inputs: () => [f32([2, 3], [hidden, 1, 1, 3, hidden, hidden])],
    fn: (x) => logSoftmax(x),
    kinks: 'infinite values',
    expected: () => [[hidden, -Math.LN2, -Math.LN2, 0, hidden, hidden]],
  },
  {
    name: 'softmax: rows hidden by −1e9 alone stay finite',
    inputs: () => [f32([2, 2], [-1e9, -1e9, -1e9, 0])],
    fn: (x) => softmax(x),
    expected: () => [[0.5, 0.5, 0, 1]],
    kinks: 'no step fits 1e9',
  },

  ...([[4], [2, 4], [2, 3, 4], [1, 2, 1, 2, 3], [3, 5], [0, 4]] as Shape[]).flatMap((shape): OperatorCase[] => [
    { name: `layerNorm: [${shape}]`, inputs: scaled(shape), fn: (x, scale, shift) => layerNorm(x, scale, shift) },
    { name: `rmsNorm: [${shape}]`, inputs: scaled(shape), fn: (x, scale) => rmsNorm(x, scale) },
    { name: `unitNorm: [${shape}]`, inputs: scaled(shape), fn: (x) => unitNorm(x) },
  ]),
  {
    name: 'layerNorm: by hand, with a larger epsilon',
    inputs: scaled([2, 4]),
    fn: (x, scale, shift) => layerNorm(x, scale, shift, 0.1),
    expected: (x, scale, shift) => [
      rows(x).flatMap((row) => {
        const deviation = Math.sqrt(average(row.map((value) => (value - average(row)) ** 2)) + 0.1)
        return row.map((value, i) => ((value - average(row)) / deviation) * scale.data[i] + shift.data[i])
      }),
    ],
  },
  {
    name: 'rmsNorm: by hand, with a larger epsilon',
    inputs: scaled([2, 4]),
    fn: (x, scale) => rmsNorm(x, scale, 0.1),
    expected: (x, scale) => [
      rows(x).flatMap((row) =>
        row.map((value, i) => (value / Math.sqrt(average(row.map((other) => other ** 2)) + 0.1)) * scale.data[i]),
      ),
    ],
  },
  {
    name: 'unitNorm: by hand',
    inputs: () => [f32([2, 2], [3, 4, 0, -2])],
    fn: (x) => unitNorm(x, 0),
    expected: () => [[0.6, 0.8, 0, -1]],
  },
  {
    name: 'unitNorm: a row of zeros stays zero',
    inputs: () => [f32([2, 2], [0, 0, 3, 4])],
    fn: (x) => unitNorm(x),
    kinks: 'the norm at zero',
    expectedGradients: [[1e6, 1e6, 0.2 - 0.6 * 0.28, 0.2 - 0.8 * 0.28]],
    second: false,
  },
  {
    name: 'layerNorm: constant rows',
    inputs: () => [f32([2, 3], [0, 0, 0, 4, 4, 4]), f32([3], [1, 2, 3]), f32([3], [1, 1, 1])],
    fn: (x, scale, shift) => layerNorm(x, scale, shift),
    kinks: 'epsilon is far below any step',
    second: false,
  },
  { name: 'layerNorm: large', inputs: scaled(large), fn: (x, scale, shift) => layerNorm(x, scale, shift) },
  { name: 'rmsNorm: large', inputs: scaled(large), fn: (x, scale) => rmsNorm(x, scale) },
  {
    name: 'layerNorm: its mean and deviation used twice over',
    inputs: scaled([3, 4]),
    fn: (x, scale, shift) => square(layerNorm(mul(layerNorm(x, scale, shift), x), scale, add(shift, 1))),
  },
]
