import { describe, expect, it } from 'vitest'
import { conv1d, mul, runReference, sum, type TensorData, trace } from '#seqlab/engine/index.js'
import { divergence, gruCell, lstmCell, transposedConv1d } from '#seqlab/nn/index.js'
import { gaussian, parameterStream } from '#seqlab/nn/initializers.js'

const random = (shape: readonly number[], name: string): TensorData => ({
  shape,
  dtype: 'f32',
  data: Float64Array.from(gaussian(1)(shape, parameterStream(1, name))),
})
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const spec = ({ shape, dtype }: TensorData) => ({ shape, dtype })

describe('the transposed convolution', () => {
  it.each([
    { length: 12, stride: 2, taps: 5 },
    { length: 13, stride: 2, taps: 5 },
    { length: 7, stride: 3, taps: 2 },
    { length: 1, stride: 2, taps: 4 },
    { length: 9, stride: 1, taps: 3 },
  ])('is the transpose of conv1d with length $length, stride $stride and $taps taps', ({ length, stride, taps }) => {
    const short = Math.ceil(length / stride)
    const x = random([2, length, 3], 'x')
    const y = random([2, short, 4], 'y')
    const kernel = random([taps, 3, 4], 'kernel')
    const back: TensorData = { ...random([taps, 4, 3], 'back') }
    for (let tap = 0; tap < taps; tap++)
      for (let i = 0; i < 3; i++)
        for (let o = 0; o < 4; o++) back.data[(tap * 4 + o) * 3 + i] = kernel.data[(tap * 3 + i) * 4 + o]
    const program = trace(
      (x, y, kernel, back) => [
        sum(mul(conv1d(x, kernel, { stride, padding: 'same' }), y)),
        sum(mul(x, transposedConv1d(y, back, stride, length))),
      ],
      spec(x),
      spec(y),
      spec(kernel),
      spec(back),
    )
    const [there, here] = runReference(program, [x, y, kernel, back])
    expect(here.data[0]).toBeCloseTo(there.data[0], 10)
  })
})

describe('cells', () => {
  const D = 3
  const numbers = (name: string, width = D) => random([1, width], name)

  it('are the equations of the LSTM', () => {
    const [sums, cell] = [numbers('sums', 4 * D), numbers('cell')]
    const program = trace((s, c) => Object.values(lstmCell(s, c)), spec(sums), spec(cell))
    const [hidden, next] = runReference(program, [sums, cell])
    for (let d = 0; d < D; d++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => sums.data[gate * D + d])
      const expected = sigmoid(f) * cell.data[d] + sigmoid(i) * Math.tanh(g)
      expect(next.data[d]).toBeCloseTo(expected, 12)
      expect(hidden.data[d]).toBeCloseTo(sigmoid(o) * Math.tanh(expected), 12)
    }
  })

  it('are the equations of the GRU', () => {
    const [fromInput, fromHidden, hidden] = [numbers('input', 3 * D), numbers('recurrent', 3 * D), numbers('hidden')]
    const program = trace((a, b, h) => [gruCell(a, b, h)], spec(fromInput), spec(fromHidden), spec(hidden))
    const [next] = runReference(program, [fromInput, fromHidden, hidden])
    for (let d = 0; d < D; d++) {
      const [r, z, n] = [0, 1, 2].map((gate) => gate * D + d)
      const update = sigmoid(fromInput.data[z] + fromHidden.data[z])
      const reset = sigmoid(fromInput.data[r] + fromHidden.data[r])
      const candidate = Math.tanh(fromInput.data[n] + reset * fromHidden.data[n])
      expect(next.data[d]).toBeCloseTo((1 - update) * candidate + update * hidden.data[d], 12)
    }
  })
})

describe('the divergence of two Gaussians', () => {
  it('is the integral of q log q / p', () => {
    const values = { qMean: 0.3, qLog: -0.4, pMean: -0.2, pLog: 0.1 }
    const one = (value: number): TensorData => ({ shape: [1, 1], dtype: 'f32', data: Float64Array.of(value) })
    const fed = Object.values(values).map(one)
    const program = trace(
      (a, b, c, d) => [divergence({ mean: a, log: b }, { mean: c, log: d })],
      ...(fed.map(spec) as [never, never, never, never]),
    )
    const density = (x: number, mean: number, log: number) =>
      Math.exp(-((x - mean) ** 2) / (2 * Math.exp(2 * log))) / (Math.exp(log) * Math.sqrt(2 * Math.PI))
    let integral = 0
    for (let x = -12; x < 12; x += 1e-3) {
      const q = density(x, values.qMean, values.qLog)
      if (q > 0) integral += 1e-3 * q * Math.log(q / density(x, values.pMean, values.pLog))
    }
    expect(runReference(program, fed)[0].data[0]).toBeCloseTo(integral, 6)
  })
})
