/**
 * Attention whose weights are products of features, normalised: o_t = Σ_{s≤t} w(q_t·k_s) v_s / (Σ_{s≤t} w(q_t·k_s) + ε)
 * with w(q·k) = φ(q)·φ(k). Within a chunk the weights are formed from the scores; between chunks the sums
 * S = Σ φ(k) [v, 1]ᵀ stand for all that came before.
 */
import {
  add,
  concat,
  constant,
  div,
  exp,
  full,
  greater,
  linearRecurrence,
  matmul,
  minimum,
  mul,
  name,
  reshape,
  slice,
  split,
  square,
  sum,
  type Tensor,
  tril,
  unsqueeze,
  where,
} from '../engine/index.js'
import { fromChunks, matrix, toChunks } from './chunks.js'
import { type DecayInputs, documentChunks, type MatrixMemory, matrixMemory, type Recurrence } from './decay.js'
import { isToken } from './documents.js'

export interface Kernel {
  /** φ of queries and keys [..., D], [..., F]. */
  features(x: Tensor): Tensor
  /** F for D. */
  width(keyWidth: number): number
  /** φ(q)·φ(k) as a function of the scores q·k. */
  weights(scores: Tensor): Tensor
}

/** elu(x) + 1, which is exp(x) below 0: positive features. Katharopoulos et al. 2020, arXiv:2006.16236, equation 7. */
export function eluPlusOne(x: Tensor): Tensor {
  return where(greater(x, 0), add(x, 1), exp(minimum(x, 0)))
}

/** Queries and keys that are features already. */
export const plainKernel: Kernel = { features: (x) => x, width: (D) => D, weights: (scores) => scores }

/** 1 + s + s²/2, the start of exp(s): Zhang et al. 2024, arXiv:2402.04347; Arora et al. 2024, arXiv:2402.18668. */
export const taylorKernel: Kernel = {
  features(x) {
    const one = full([...x.shape.slice(0, -1), 1], 1)
    return concat([one, x, mul(pairs(x), Math.SQRT1_2)], -1)
  },
  width: (D) => 1 + D + pairCount(D),
  weights: (scores) => add(mul(add(mul(scores, 0.5), 1), scores), 1),
}

/** s²: Aksenov et al. 2024, arXiv:2402.10644. */
export const squareKernel: Kernel = { features: pairs, width: pairCount, weights: square }

function pairCount(D: number): number {
  return (D * (D + 1)) / 2
}

/** All x_i x_j with i ≤ j, those of two different channels by √2: pairs(q)·pairs(k) = (q·k)². */
function pairs(x: Tensor): Tensor {
  const D = x.shape[x.rank - 1]
  const chosen = Array.from({ length: D }, (_, i) => Array.from({ length: D - i }, (_, j) => [i, i + j])).flat()
  const side = (which: number) =>
    matmul(
      x,
      matrix(D, chosen.length, (row, pair) => +(row === chosen[pair][which])),
    )
  const factors = constant(Float64Array.from(chosen, ([i, j]) => (i === j ? 1 : Math.SQRT2)))
  return mul(mul(side(0), side(1)), factors)
}

export interface KernelInputs extends Omit<DecayInputs, 'logDecay'> {
  /** ε, which an empty sum is divided by. */
  readonly epsilon?: number
}

/** S with its last column Σ φ(k), [B, H, F, V + 1]. */
export function kernelMemory(batch: number, heads: number, features: number, valueWidth: number) {
  return matrixMemory(batch, heads, features, valueWidth + 1)
}

/**
 * A sequence in chunks of `size` tokens: in one chunk, the definition; of 1, token by token. In one chunk the weights
 * are there for all pairs, [B, H, T, T], and named `attention`, as shares of what the sequence itself weighs.
 */
export function kernelChunked(kernel: Kernel, inputs: KernelInputs, before: MatrixMemory, size: number): Recurrence {
  const { y, state, weights } = kernelSums(kernel, inputs, before, size)
  const [B, H, T] = inputs.q.shape
  if (T > 1 && T <= size) {
    const pairs = slice(slice(reshape(weights, [B, H, size, size]), 2, 0, T), 3, 0, T)
    name(div(pairs, add(sum(pairs, -1, { keep: true }), inputs.epsilon ?? leastTotal)), 'attention')
  }
  return { y: normalised(y, inputs.epsilon), state }
}

/** The sums before the division, [B, H, T, V + 1]: of weighted values and, last, of weights; these within each chunk. */
export function kernelSums(
  kernel: Kernel,
  inputs: Omit<KernelInputs, 'epsilon'>,
  { memory }: MatrixMemory,
  size: number,
): Recurrence & { weights: Tensor } {
  const real = isToken(inputs.documents)
  const mask = real && reshape(real, [real.shape[0], 1, real.shape[1], 1])
  // Padding weighs nothing, whatever its features.
  const [q, k, v] = [inputs.q, inputs.k, withOnes(inputs.v)].map((t) => toChunks(mask ? where(mask, t, 0) : t, size))
  const masks = documentChunks(inputs, size)
  const scores = tril(kernel.weights(matmul(q, k, { transposeB: true })))
  const weights = masks ? where(masks.together, scores, 0) : scores
  const written = kernel.features(k)
  const update = matmul(masks ? where(masks.writes, written, 0) : written, v, { transposeA: true })
  const count = update.shape[2]
  const kept = full([1, 1, count, 1, 1], 1)
  const states = linearRecurrence(masks ? where(masks.keeps, kept, 0) : kept, update, memory, { axis: 2 })
  const before = concat([unsqueeze(memory, 2), slice(states, 2, 0, count - 1)], 2)
  const read = kernel.features(q)
  const y = add(matmul(weights, v), matmul(masks ? where(masks.reads, read, 0) : read, before))
  const state = { memory: reshape(slice(states, 2, count - 1, count), memory.shape) }
  return { y: fromChunks(y, inputs.q.shape[2]), state, weights }
}

/** ε where none is given. */
const leastTotal = 1e-6

/** A column of ones among the values adds up the weights. */
export function withOnes(v: Tensor): Tensor {
  return concat([v, full([...v.shape.slice(0, -1), 1], 1)], -1)
}

/** Sums of weighted values over the sum of weights in the last column. */
export function normalised(y: Tensor, epsilon = leastTotal): Tensor {
  const [weighted, total] = split(y, [y.shape[3] - 1, 1], 3)
  return div(weighted, add(total, epsilon))
}
