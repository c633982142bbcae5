/** Convolution kernels as functions of the lag, so that they reach as far as the text: a small network, windowed. */
import { add, constant, matmul, mul, sin, type Tensor, transpose } from '../engine/index.js'
import { fanIn, filled, zero } from './initializers.js'
import { layer, parameter } from './parameter.js'

export interface ImplicitFilterOptions {
  /** Pairs of sine and cosine that tell the network the lag. */
  readonly bands: number
  /** Numbers in its hidden layers, and how many follow the first. */
  readonly width: number
  readonly layers: number
  /** ω: how fast its sine activations start. */
  readonly frequency: number
  /** Tokens that features and window take as one unit. */
  readonly length: number
  /** What the window is added to, so that no lag is lost for good. */
  readonly floor: number
}

/** Kernels decay to a hundredth within this share of the length: the first channels slowest. */
const slowest = 1.5
const fastest = 0.3

/**
 * k_c(lag) = (e^{−α_c lag / length} + floor) · f(features of the lag)_c for channels c, [channels, lags] for any number of
 * lags. f: layers with sin(ω ∘ ·) between them, ω learned; α spreads evenly over the channels.
 */
export function implicitFilter(channels: number, options: ImplicitFilterOptions) {
  const { bands, width, layers, frequency, length, floor } = options
  const kept = { decay: false }
  const map = (inputs: number, outputs: number) => ({
    weight: parameter([inputs, outputs], fanIn(inputs), kept),
    bias: parameter([outputs], zero),
  })
  const parameters = {
    first: map(1 + 2 * bands, width),
    inner: Array.from({ length: layers }, () => map(width, width)),
    last: parameter([width, channels], fanIn(width), kept),
    frequency: parameter([width], filled(frequency)),
  }
  return layer(parameters, (p) => (lags: number): Tensor => {
    let hidden = table([lags, 1 + 2 * bands], (lag, at) => feature(lag / length, at, bands))
    for (const { weight, bias } of [p.first, ...p.inner])
      hidden = sin(mul(p.frequency, add(matmul(hidden, weight), bias)))
    const window = table([lags, channels], (lag, channel) => {
      const share = slowest + ((fastest - slowest) * channel) / Math.max(1, channels - 1)
      return Math.exp((Math.log(0.01) * lag) / length / share) + floor
    })
    return transpose(mul(matmul(hidden, p.last), window))
  })
}

/** The time itself, then cosines and sines of frequencies from nearly 0 to bands − 1 turns a length. */
function feature(time: number, at: number, bands: number): number {
  if (at === 0) return time
  const band = (at - 1) % bands
  const turns = bands === 1 ? 1 : Math.max(1e-4, band)
  const angle = 2 * Math.PI * turns * time
  return at <= bands ? Math.cos(angle) : -Math.sin(angle)
}

function table(shape: [number, number], entry: (row: number, column: number) => number): Tensor {
  const [rows, columns] = shape
  return constant(
    Float64Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns)),
    shape,
  )
}
