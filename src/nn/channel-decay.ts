/**
 * Scores under a decay per key channel: the lower triangle of Σ_d q_td k_sd exp(g_{s+1,d} + … + g_td). Channels whose
 * decays of a chunk together are weak take them relative to its middle, and their scores are one product. Where such
 * exponents would cost digits or overflow, scores are formed by halves (decay-by-halves.ts). Only where the program
 * meets such a channel it computes both; what weak channels give is the same to the bit either way, so that a row of a
 * batch does not depend on the others. On later tokens of its chunk a score depends in its rounding alone.
 */
import {
  add,
  cast,
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
  where,
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
 * The sum of a chunk's log decays from which on they count as weak. It is the largest exponent, where they all lie in one
 * half: its rounding, 32 · 2⁻²⁴, is the relative error of a factor.
 */
const weakest = -32

/**
 * Of q, k, g [..., C, K]. The gradient needs no derivative of the factors: with dq and dk known, the cotangent of g_r is
 * Σ_{t≥r} (q·dq − k·dk)_t, and what all that is written, or kept, owes to the whole chunk.
 */
export function channelDecays(q: Tensor, k: Tensor, g: Tensor): DecayedChunk {
  const C = q.shape[q.rank - 2]
  const isWeak = greater(sum(g, -2, { keep: true }), weakest)
  const allWeak = greater(min(cast(isWeak, 'i32')), 0)
  const [scores, read, written, kept] = customGradient(
    [q, k, g],
    () => {
      // The last value is what the gradient starts from.
      const [scores, read, written, kept, factors] = cond(
        allWeak,
        () => values(decayedFromMiddle(q, k, g)),
        () => values(decayedInParts(q, k, g, isWeak)),
      )
      return { outputs: [scores, read, written, kept], saved: [q, k, g, isWeak, allWeak, written, kept, factors] }
    },
    ([queries, keys, g, isWeak, allWeak, written, kept, factors], [dScores, dRead, dWritten, dKept]) => {
      const given = { scores: dScores, read: dRead, written: dWritten }
      const [dq, dk] = cond(
        allWeak,
        () => both(gradientFromMiddle(queries, keys, g, factors, given)),
        () => both(gradientInParts(queries, keys, g, factors, given, isWeak)),
      )
      const until = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      const whole = add(sum(mul(written, dWritten), -2, { keep: true }), mul(kept, dKept))
      return [dq, dk, add(matmul(until, sub(mul(queries, dq), mul(keys, dk))), whole)]
    },
  )
  return { scores, read, written, kept }
}

/** A chunk with the factors that its gradient starts from, [..., C, K]. */
export type DecayedWithFactors = DecayedChunk & { readonly factors: Tensor }

function values({ scores, read, written, kept, factors }: DecayedWithFactors): readonly Tensor[] {
  return [scores, read, written, kept, factors]
}
function both({ dq, dk }: DecayedGradient): readonly Tensor[] {
  return [dq, dk]
}

/** Weak channels as ever, the others by halves: each part sees zeros, and no decay, where the channel is the other's. */
function decayedInParts(q: Tensor, k: Tensor, g: Tensor, isWeak: Tensor): DecayedWithFactors {
  const [weakQ, weakK, weakG] = [q, k, g].map((t) => where(isWeak, t, 0))
  const [strongQ, strongK, strongG] = [q, k, g].map((t) => where(isWeak, 0, t))
  const weak = decayedFromMiddle(weakQ, weakK, weakG)
  const strong = decayedByHalves(strongQ, strongK, strongG)
  return {
    scores: add(weak.scores, strong.scores),
    read: add(weak.read, strong.read),
    written: add(weak.written, strong.written),
    kept: mul(weak.kept, strong.kept),
    factors: where(isWeak, weak.factors, strong.factors),
  }
}

function gradientInParts(
  q: Tensor,
  k: Tensor,
  g: Tensor,
  factors: Tensor,
  given: DecayedCotangents,
  isWeak: Tensor,
): DecayedGradient {
  const [weakQ, weakK, weakG] = [q, k, g].map((t) => where(isWeak, t, 0))
  const [strongQ, strongK] = [q, k].map((t) => where(isWeak, 0, t))
  const weak = gradientFromMiddle(weakQ, weakK, weakG, where(isWeak, factors, 1), given)
  const strong = gradientByHalves(strongQ, strongK, where(isWeak, 1, factors), given)
  return { dq: where(isWeak, weak.dq, strong.dq), dk: where(isWeak, weak.dk, strong.dk) }
}

/** exp(g) summed from the chunk's middle to each row, its inverse before it, within exp(±32); and to its ends. */
function decayedFromMiddle(q: Tensor, k: Tensor, g: Tensor): DecayedWithFactors {
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
    factors: fromMiddle,
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
