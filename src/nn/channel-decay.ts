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
import { decaysByHalves, gradientByHalves } from './decay-by-halves.js'

/** What a chunk of C tokens, a power of two, needs of its decays. */
export interface ChunkDecays {
  /** [..., C, C] */
  readonly scores: Tensor
  /** What is kept from the start of the chunk to each row with it, and from after each row to the end: [..., C, G]. */
  readonly fromStart: Tensor
  readonly toEnd: Tensor
}

export interface ScoresGradient {
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
 * Σ_{t≥r} (q·dq − k·dk)_t.
 */
export function channelDecays(q: Tensor, k: Tensor, g: Tensor): ChunkDecays {
  const C = q.shape[q.rank - 2]
  const areWeak = greater(min(sum(g, -2)), weakest)
  const [scores, fromStart, toEnd] = customGradient(
    [q, k, g],
    () => {
      // Both kinds hand out the factors that their gradients start from.
      const [scores, fromStart, toEnd, factors] = cond(
        areWeak,
        () => {
          const { scores, fromStart, toEnd, fromMiddle } = decaysFromMiddle(q, k, g)
          return [scores, fromStart, toEnd, fromMiddle]
        },
        () => {
          const { scores, fromStart, toEnd, kept } = decaysByHalves(q, k, g)
          return [scores, fromStart, toEnd, kept]
        },
      )
      return { outputs: [scores, fromStart, toEnd], saved: [q, k, areWeak, factors, fromStart, toEnd] }
    },
    ([queries, keys, areWeak, factors, starts, ends], [given, dStarts, dEnds]) => {
      const [dq, dk] = cond(
        areWeak,
        () => both(gradientFromMiddle(queries, keys, factors, given)),
        () => both(gradientByHalves(queries, keys, factors, given)),
      )
      const until = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      const after = matrix(C, C, (r, s) => (r > s ? 1 : 0))
      const byRow = add(sub(mul(queries, dq), mul(keys, dk)), mul(starts, dStarts))
      return [dq, dk, add(matmul(until, byRow), matmul(after, mul(ends, dEnds)))]
    },
  )
  return { scores, fromStart, toEnd }
}

function both({ dq, dk }: ScoresGradient): readonly Tensor[] {
  return [dq, dk]
}

/** exp(g) summed from the chunk's middle to each row, its inverse before it: within exp(±16). */
function decaysFromMiddle(q: Tensor, k: Tensor, g: Tensor): ChunkDecays & { readonly fromMiddle: Tensor } {
  const C = q.shape[q.rank - 2]
  const middle = Math.floor(C / 2)
  const relative = matrix(C, C, (t, r) => (r >= middle && r <= t ? 1 : r < middle && r > t ? -1 : 0))
  const fromMiddle = exp(matmul(relative, g))
  const before = exp(sum(slice(g, -2, 0, middle), -2, { keep: true }))
  const after = exp(sum(slice(g, -2, middle), -2, { keep: true }))
  return {
    scores: tril(matmul(mul(q, fromMiddle), div(k, fromMiddle), { transposeB: true })),
    fromStart: mul(fromMiddle, before),
    toEnd: div(after, fromMiddle),
    fromMiddle,
  }
}

function gradientFromMiddle(q: Tensor, k: Tensor, fromMiddle: Tensor, given: Tensor): ScoresGradient {
  const pairs = tril(given)
  return {
    dq: mul(matmul(pairs, div(k, fromMiddle)), fromMiddle),
    dk: div(matmul(pairs, mul(q, fromMiddle), { transposeA: true }), fromMiddle),
  }
}
