/**
 * Time-invariant linear systems, one for each channel: h_t = Ā h_{t−1} + B̄ u_t, y_t = C h_t. A whole sequence is a
 * convolution with the kernel C Āⁱ B̄ plus what the carried state still says; one token is a step. Where documents are
 * packed or padded the steps are taken one by one, as a convolution knows no borders.
 */
import {
  add,
  broadcastTo,
  fftConvolution,
  matmul,
  pad,
  reshape,
  slice,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
} from '../engine/index.js'
import type { Initializer } from './initializers.js'
import { loopOverTime, type Timeline } from './recurrence.js'

/** `H` is a tree of tensors [B, C, …]. */
export interface LinearSystem<H> {
  /** C Āᵗ B̄ for t < length: [C, length]. */
  kernel(length: number): Tensor
  /** C Āᵗ⁺¹ h for t < length, what the state alone gives: [B, C, length]. */
  echo(state: H, length: number): Tensor
  /** The state after u [B, C, T]. */
  after(state: H, u: Tensor): H
  /** The state after one token u [B, C] and what it gives. */
  step(state: H, u: Tensor): { memory: H; y: Tensor }
}

/** The system along u [B, T, C] from a state, to y [B, T, C] and the next state. */
export function runSystem<H>(
  system: LinearSystem<H>,
  u: Tensor,
  state: H,
  timeline: Timeline,
): { y: Tensor; state: H } {
  const T = u.shape[1]
  if (timeline.documents) {
    const { ys, memory } = loopOverTime((before: H, at: Tensor) => system.step(before, at), state, u, timeline)
    return { y: ys, state: memory }
  }
  if (T === 1) {
    const { memory, y } = system.step(state, squeeze(u, 1))
    return { y: unsqueeze(y, 1), state: memory }
  }
  const along = transpose(u, [0, 2, 1])
  const y = add(causalConvolution(along, system.kernel(T)), system.echo(state, T))
  return { y: transpose(y, [0, 2, 1]), state: system.after(state, along) }
}

/** Up to this length a product with a matrix of shifted kernels is cheaper than Fourier transforms, and sums past values only. */
const shortest = 64

/**
 * y_t = Σ_{s≤t} k_{t−s} u_s along the last axis, leading axes broadcast; the kernel [..., T] is as long as u. Fourier
 * transforms spread rounding over all positions, about 1e-7 of the largest value in f32.
 */
export function causalConvolution(u: Tensor, kernel: Tensor): Tensor {
  const T = u.shape[u.rank - 1]
  if (T > shortest) return fftConvolution(u, kernel)
  return squeeze(matmul(unsqueeze(u, -2), toeplitz(kernel)), -2)
}

/** [..., T] to [..., T, T] with k_{t−s} in row s and column t, zero where t < s. */
export function toeplitz(kernel: Tensor): Tensor {
  const T = kernel.shape[kernel.rank - 1]
  const lead = kernel.shape.slice(0, -1)
  // Rows of 2T values read as rows of 2T − 1 are each shifted by one.
  const rows = broadcastTo(unsqueeze(pad(kernel, -1, 0, T), -2), [...lead, T, 2 * T])
  const shifted = reshape(slice(reshape(rows, [...lead, 2 * T * T]), -1, 0, T * (2 * T - 1)), [...lead, T, 2 * T - 1])
  return slice(shifted, -1, 0, T)
}

/** Cuts `length` positions into blocks of a power of two near its square root, so that tables of both are short. */
export function blocksOf(length: number): { readonly size: number; readonly count: number } {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, length)) / 2)
  return { size, count: Math.ceil(length / size) }
}

/** Logarithms of steps that start log-uniform between the bounds, for the first axis; one for each of its rows. */
export const logSteps =
  (smallest: number, largest: number): Initializer =>
  (shape, random) => {
    const width = shape.slice(1).reduce((a, b) => a * b, 1)
    const values = Array.from({ length: shape[0] }, () => Math.log(smallest) + random() * Math.log(largest / smallest))
    return Float32Array.from({ length: shape[0] * width }, (_, i) => values[Math.floor(i / width)])
  }
