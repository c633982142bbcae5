/**
 * Scores under a decay per key channel: the lower triangle of Σ_d q_td k_sd exp(g_{s+1,d} + … + g_td). Where all decays
 * of a chunk together are weak, they are taken relative to its middle and the scores are one product. Where some are so
 * strong that such exponents would cost digits or overflow, scores are formed by halves (decay-by-halves.ts), at twice
 * the time. The program decides for all chunks of a call, by their strongest channel.
 */
import {
  add,
  cond,
  customGradient,
  div,
  exp,
  greater,
  matmul,
  min,
  mul,
  slice,
  sub,
  sum,
  type Tensor,
  tril,
} from '../engine/index.js'
import { matrix } from './chunks.js'
import { decayedByHalves, gradientByHalves } from './decay-by-halves.js'

/** What a chunk of C tokens, a power of two, makes of its decays. */
export interface DecayedChunk {
  /** [..., C, C] */
  readonly scores: Tensor
  /** Queries with what is kept from the start of the chunk to each, itself included: [..., C, K]. */
  readonly read: Tensor
  /** Keys with what is kept from after each to the end: [..., C, K]. */
  readonly written: Tensor
  /** What is kept over the whole chunk: [..., 1, G]. */
  readonly kept: Tensor
}

/** Cotangents of q and k from those of scores, read and written. */
export interface DecayedCotangents {
  readonly scores: Tensor
  readonly read: Tensor
  readonly written: Tensor
}
export interface DecayedGradient {
  readonly dq: Tensor
  readonly dk: Tensor
}

/**
 * The sum of a chunk's log decays from which on they count as weak. Half of it is the largest exponent: its rounding,
 * 16 · 2⁻²⁴, is the relative error of a factor.
 */
const weakest = -32

/**
 * Of q, k, g [..., C, K]. The gradient needs no derivative of the factors: with dq and dk known, the cotangent of g_r is
 * Σ_{t≥r} (q·dq − k·dk)_t, and what all that is written, or kept, owes to the whole chunk.
 */
export function channelDecays(q: Tensor, k: Tensor, g: Tensor): DecayedChunk {
  const C = q.shape[q.rank - 2]
  const areWeak = greater(min(sum(g, -2)), weakest)
  const [scores, read, written, kept] = customGradient(
    [q, k, g],
    () => {
      // Both kinds hand out the factors that their gradients start from.
      const [scores, read, written, kept, factors] = cond(
        areWeak,
        () => {
          const { scores, read, written, kept, fromMiddle } = decayedFromMiddle(q, k, g)
          return [scores, read, written, kept, fromMiddle]
        },
        () => {
          const { scores, read, written, kept, byToken } = decayedByHalves(q, k, g)
          return [scores, read, written, kept, byToken]
        },
      )
      return { outputs: [scores, read, written, kept], saved: [q, k, g, areWeak, written, kept, factors] }
    },
    ([queries, keys, g, areWeak, written, kept, factors], [dScores, dRead, dWritten, dKept]) => {
      const given = { scores: dScores, read: dRead, written: dWritten }
      const [dq, dk] = cond(
        areWeak,
        () => both(gradientFromMiddle(queries, keys, g, factors, given)),
        () => both(gradientByHalves(queries, keys, factors, given)),
      )
      const until = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      const whole = add(sum(mul(written, dWritten), -2, { keep: true }), mul(kept, dKept))
      return [dq, dk, add(matmul(until, sub(mul(queries, dq), mul(keys, dk))), whole)]
    },
  )
  return { scores, read, written, kept }
}

function both({ dq, dk }: DecayedGradient): readonly Tensor[] {
  return [dq, dk]
}

/** exp(g) summed from the chunk's middle to each row, its inverse before it, within exp(±16); and to its ends. */
function decayedFromMiddle(q: Tensor, k: Tensor, g: Tensor): DecayedChunk & { readonly fromMiddle: Tensor } {
  const C = q.shape[q.rank - 2]
  const middle = Math.floor(C / 2)
  const relative = matrix(C, C, (t, r) => (r >= middle && r <= t ? 1 : r < middle && r > t ? -1 : 0))
  const fromMiddle = exp(matmul(relative, g))
  const [first, second] = keptInHalves(g)
  const [queries, keys] = [mul(q, fromMiddle), div(k, fromMiddle)]
  return {
    scores: tril(matmul(queries, keys, { transposeB: true })),
    read: mul(queries, first),
    written: mul(keys, second),
    kept: mul(first, second),
    fromMiddle,
  }
}

function gradientFromMiddle(
  q: Tensor,
  k: Tensor,
  g: Tensor,
  fromMiddle: Tensor,
  given: DecayedCotangents,
): DecayedGradient {
  const pairs = tril(given.scores)
  const [first, second] = keptInHalves(g)
  const forQueries = matmul(pairs, div(k, fromMiddle))
  const forKeys = matmul(pairs, mul(q, fromMiddle), { transposeA: true })
  return {
    dq: mul(add(forQueries, mul(given.read, first)), fromMiddle),
    dk: div(add(forKeys, mul(given.written, second)), fromMiddle),
  }
}

/** What is kept over the chunk's first and its second half: [..., 1, K]. */
function keptInHalves(g: Tensor): readonly Tensor[] {
  const middle = Math.floor(g.shape[g.rank - 2] / 2)
  return [slice(g, -2, 0, middle), slice(g, -2, middle)].map((half) => exp(sum(half, -2, { keep: true })))
}
