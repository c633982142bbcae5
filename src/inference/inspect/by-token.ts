/** Tensors over a text, laid out as they are looked at. */
import type { Shape } from '../../engine/index.js'
import type { NamedTensor } from './whole.js'

export interface ByToken {
  /** Of one token, without axes of extent 1. */
  readonly shape: Shape
  /** [T, …shape] */
  readonly data: Float32Array
}

/** A tensor with one axis of tokens as the numbers of each of the text's `count` tokens. */
export function byToken({ shape, tokenAxes: [axis], data }: NamedTensor, count: number): ByToken {
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1)
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const before = shape[axis] - count
  const found = new Float32Array(count * outer * inner)
  for (let t = 0; t < count; t++) {
    for (let o = 0; o < outer; o++) {
      const from = (o * shape[axis] + before + t) * inner
      found.set(data.subarray(from, from + inner), (t * outer + o) * inner)
    }
  }
  return { shape: shape.filter((extent, index) => index !== axis && extent > 1), data: found }
}

/** Weights between the text's `count` tokens as one square a head, [H, T, T]: row t has what token t takes of each. */
export function attentionMaps({ shape, data }: NamedTensor, count: number): { heads: number; data: Float32Array } {
  const width = shape[shape.length - 1]
  const heads = data.length / (count * width)
  const found = new Float32Array(heads * count * count)
  for (let row = 0; row < heads * count; row++) {
    found.set(data.subarray((row + 1) * width - count, (row + 1) * width), row * count)
  }
  return { heads, data: found }
}

/** Whether a tensor has weights between pairs of tokens in its last two axes. */
export function isMap({ shape, tokenAxes }: NamedTensor): boolean {
  return tokenAxes.length === 2 && tokenAxes[0] === shape.length - 2 && tokenAxes[1] === shape.length - 1
}
