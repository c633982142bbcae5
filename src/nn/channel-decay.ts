/**
 * Scores under a decay per key channel: the lower triangle of Σ_d q_td k_sd exp(g_{s+1,d} + … + g_td), where no decay
 * may be undone by dividing. Halving: between the second and the first half of a block, the decay splits at their
 * border into two factors of at most 1, and so on within the halves, down to single tokens.
 */
import {
  add,
  concat,
  customGradient,
  exp,
  full,
  matmul,
  mul,
  reshape,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import { matrix } from './chunks.js'

/** What a chunk of C tokens, a power of two, needs of its decays. */
export interface ChunkDecays {
  /** [..., C, C] */
  readonly scores: Tensor
  /** What is kept from the start of the chunk to each row with it, and from after each row to the end: [..., C, G]. */
  readonly fromStart: Tensor
  readonly toEnd: Tensor
}

/**
 * Of q, k, g [..., C, K]. The gradient needs no derivative of a level's decays: with dq and dk known, the cotangent of
 * g_r is Σ_{t≥r} (q·dq − k·dk)_t.
 */
export function channelDecays(q: Tensor, k: Tensor, g: Tensor): ChunkDecays {
  const C = q.shape[q.rank - 2]
  const [scores, fromStart, toEnd] = customGradient(
    [q, k, g],
    () => {
      const { levels, fromStart, toEnd } = decaysByHalves(g)
      const outputs = [assemble(q, k, levels), fromStart, toEnd]
      return { outputs, saved: [q, k, fromStart, toEnd, ...levels.flatMap((level) => level.factors)] }
    },
    ([queries, keys, starts, ends, ...factors], [given, dStarts, dEnds]) => {
      const { dq, dk } = disassemble(queries, keys, regrouped(factors), given)
      const until = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      const after = matrix(C, C, (r, s) => (r > s ? 1 : 0))
      const byRow = add(sub(mul(queries, dq), mul(keys, dk)), mul(starts, dStarts))
      return [dq, dk, add(matmul(until, byRow), matmul(after, mul(ends, dEnds)))]
    },
  )
  return { scores, fromStart, toEnd }
}

/** Blocks of 2 half rows, with the decays in them between each row and the border between the halves. */
interface Level {
  readonly half: number
  /** [..., C / 2half, half, K]: of second halves from the border to themselves, of first halves from themselves to it. */
  readonly factors: readonly Tensor[]
}

/**
 * The smallest blocks first: what is kept within a block follows from what is kept within its halves, by products of
 * factors of at most 1. Of blocks of two rows, the first lies at the border: it has no factor.
 */
function decaysByHalves(g: Tensor) {
  const C = g.shape[g.rank - 2]
  const levels: Level[] = []
  let fromStart = exp(g)
  let toEnd = full(g.shape, 1)
  for (let half = 1; half < C; half *= 2) {
    const [first, second] = [firstHalves(fromStart, half), secondHalves(fromStart, half)]
    const one = full(first.shape, 1)
    const [toBorder, toLast] = half === 1 ? [one, one] : [firstHalves(toEnd, half), secondHalves(toEnd, half)]
    levels.push({ half, factors: half === 1 ? [second] : [second, toBorder] })
    const whole = (rows: Tensor) => slice(rows, -2, -1)
    fromStart = reshape(concat([first, mul(second, whole(first))], -2), g.shape)
    toEnd = reshape(concat([mul(toBorder, whole(second)), toLast], -2), g.shape)
  }
  return { levels, fromStart, toEnd }
}

/** Levels from their factors, in order. */
function regrouped([smallest, ...pairs]: readonly Tensor[]): Level[] {
  const levels: Level[] = smallest ? [{ half: 1, factors: [smallest] }] : []
  for (let at = 0; at < pairs.length; at += 2)
    levels.push({ half: pairs[at].shape[pairs[at].rank - 2], factors: pairs.slice(at, at + 2) })
  return levels
}

function blocks(x: Tensor, size: number): Tensor {
  const [C, K] = x.shape.slice(-2)
  return reshape(x, [...x.shape.slice(0, -2), C / size, size, K])
}

function firstHalves(x: Tensor, half: number): Tensor {
  return slice(blocks(x, 2 * half), -2, 0, half)
}

function secondHalves(x: Tensor, half: number): Tensor {
  return slice(blocks(x, 2 * half), -2, half, 2 * half)
}

/** Queries of second halves and keys of first halves, both decayed to the border. */
function atBorder(q: Tensor, k: Tensor, { half, factors: [fromBorder, toBorder] }: Level): readonly [Tensor, Tensor] {
  const keys = firstHalves(k, half)
  return [mul(secondHalves(q, half), fromBorder), toBorder ? mul(keys, toBorder) : keys]
}

/** a bᵀ; of single rows without a matrix product, of which there would be very many. */
function products(a: Tensor, b: Tensor): Tensor {
  return a.shape[a.rank - 2] === 1 ? sum(mul(a, b), -1, { keep: true }) : matmul(a, b, { transposeB: true })
}

function weighted(weights: Tensor, x: Tensor, options: { transposeA?: boolean } = {}): Tensor {
  return x.shape[x.rank - 2] === 1 ? mul(weights, x) : matmul(weights, x, options)
}

/** Scores by halves, put together from single tokens up. */
function assemble(q: Tensor, k: Tensor, levels: readonly Level[]): Tensor {
  let scores = unsqueeze(sum(mul(q, k), -1, { keep: true }), -1)
  for (const level of levels) {
    const across = products(...atBorder(q, k, level))
    // Pairs of square blocks along the diagonal, with what lies between them below it.
    const pairs = reshape(scores, [...across.shape.slice(0, -2), 2, level.half, level.half])
    const [upper, lower] = split(pairs, 2, -3).map((part) => reshape(part, across.shape))
    scores = concat([concat([upper, zeros(across.shape)], -1), concat([across, lower], -1)], -2)
  }
  return reshape(scores, [...q.shape.slice(0, -1), q.shape[q.rank - 2]])
}

/** The cotangents of q and k from that of the scores, level by level. */
function disassemble(q: Tensor, k: Tensor, levels: readonly Level[], given: Tensor): { dq: Tensor; dk: Tensor } {
  let rest = unsqueeze(given, -3)
  const terms = { dq: [] as Tensor[], dk: [] as Tensor[] }
  for (const level of [...levels].reverse()) {
    const { half, factors } = level
    const [fromBorder, toBorder] = factors
    const [queries, keys] = atBorder(q, k, level)
    const [top, bottom] = split(rest, 2, -2)
    const [upper] = split(top, 2, -1)
    const [across, lower] = split(bottom, 2, -1)
    const forQueries = mul(weighted(across, keys), fromBorder)
    const forKeys = weighted(across, queries, { transposeA: true })
    const nothing = zeros(forQueries.shape)
    terms.dq.push(reshape(concat([nothing, forQueries], -2), q.shape))
    terms.dk.push(reshape(concat([toBorder ? mul(forKeys, toBorder) : forKeys, nothing], -2), k.shape))
    const shape = [...upper.shape.slice(0, -3), upper.shape[upper.rank - 3] * 2, half, half]
    rest = reshape(concat([unsqueeze(upper, -3), unsqueeze(lower, -3)], -3), shape)
  }
  const own = reshape(rest, [...q.shape.slice(0, -1), 1])
  return {
    dq: [mul(own, k), ...terms.dq].reduce((a, b) => add(a, b)),
    dk: [mul(own, q), ...terms.dk].reduce((a, b) => add(a, b)),
  }
}
