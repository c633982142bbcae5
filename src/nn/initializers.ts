/** Starting values of parameters, drawn on the host: each parameter has its own stream, from the seed and its path. */
import { type Shape, sizeOf } from '../engine/index.js'

/** Fills a parameter; `random` gives numbers in [0, 1). */
export type Initializer = (shape: Shape, random: () => number) => Float32Array

export const zero: Initializer = (shape) => new Float32Array(sizeOf(shape))
export const one: Initializer = (shape) => new Float32Array(sizeOf(shape)).fill(1)
export const filled =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value)

/** Normal with the given deviation (Box–Muller). */
export const gaussian =
  (deviation: number): Initializer =>
  (shape, random) =>
    Float32Array.from(
      { length: sizeOf(shape) },
      () => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    )

/** Uniform between the bounds. */
export const uniformBetween =
  (low: number, high: number): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random())

/** Uniform in ±1/√fanIn: the usual start of linear and recurrent layers. */
export const fanIn = (inputs: number): Initializer => uniformBetween(-1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs))

/** Values given one by one along the last axis. */
export const listed =
  (values: readonly number[]): Initializer =>
  (shape) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, index) => values[index % values.length])

/** Values along the last axis, from how far through it a channel is, 0 to 1, and its number. */
export const alongChannels =
  (value: (part: number, channel: number) => number): Initializer =>
  (shape) => {
    const width = shape[shape.length - 1]
    return Float32Array.from({ length: sizeOf(shape) }, (_, index) => {
      return value((index % width) / Math.max(1, width - 1), index % width)
    })
  }

/** Numbers in [0, 1) from a seed and a path (splitmix32 over a hash of both). */
export function parameterStream(seed: number, path: string): () => number {
  let state = seed | 0
  for (let i = 0; i < path.length; i++) state = Math.imul(state ^ path.charCodeAt(i), 0x01000193)
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  return () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53
}
