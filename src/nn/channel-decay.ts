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

/**
 * Scores [..., C, C] of q, k, g [..., C, K], C a power of two. The gradient needs no derivative of the decays: with dq
 * and dk known, the cotangent of g_r is Σ_{t≥r} (q·dq − k·dk)_t.
 */
export function channelScores(q: Tensor, k: Tensor, g: Tensor): Tensor {
  const C = q.shape[q.rank - 2]
  const [scores] = customGradient(
    [q, k, g],
    () => {
      const levels = borderDecays(g)
      return { outputs: [assemble(q, k, levels)], saved: [q, k, ...levels.flatMap((level) => level.factors)] }
    },
    ([queries, keys, ...factors], [given]) => {
      const { dq, dk } = disassemble(queries, keys, regrouped(factors), given)
      const until = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      return [dq, dk, matmul(until, sub(mul(queries, dq), mul(keys, dk)))]
    },
  )
  return scores
}

/** Blocks of 2 half rows, with the decays in them between each row and the border between the halves. */
interface Level {
  readonly half: number
  /** [..., C / 2half, half, K]: of second halves from the border to themselves, of first halves from themselves to it. */
  readonly factors: readonly Tensor[]
}

/** The largest blocks first. Of blocks of two rows, the first lies at the border: it has no factor. */
function borderDecays(g: Tensor): Level[] {
  const levels: Level[] = []
  for (let half = g.shape[g.rank - 2] / 2; half >= 1; half /= 2) {
    const summed = (rows: Tensor, counts: (row: number, r: number) => boolean) =>
      exp(
        matmul(
          matrix(half, half, (row, r) => +counts(row, r)),
          rows,
        ),
      )
    const second = secondHalves(g, half)
    if (half === 1) levels.push({ half, factors: [exp(second)] })
    else
      levels.push({
        half,
        factors: [summed(second, (row, r) => r <= row), summed(firstHalves(g, half), (row, r) => r > row)],
      })
  }
  return levels
}

/** Levels from their factors, in order. */
function regrouped(factors: readonly Tensor[]): Level[] {
  const levels: Level[] = []
  for (let at = 0; at < factors.length; at += 2) {
    levels.push({ half: factors[at].shape[factors[at].rank - 2], factors: factors.slice(at, at + 2) })
  }
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
  for (const level of [...levels].reverse()) {
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
  for (const level of levels) {
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
