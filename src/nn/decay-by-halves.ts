/**
 * Scores under decays of any strength per key channel, where no decay may be undone by dividing. Blocks of four tokens
 * are computed pair by pair. From there up, by halving: between the second and the first half of a block, the decay
 * splits at their border into two factors of at most 1.
 */
import {
  add,
  concat,
  exp,
  full,
  matmul,
  mul,
  reshape,
  slice,
  split,
  sum,
  type Tensor,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import type { DecayedCotangents, DecayedGradient, DecayedWithFactors } from './channel-decay.js'

/** Of q, k, g [..., C, K], and what is kept by each token, which the gradient starts from. */
export function decayedByHalves(q: Tensor, k: Tensor, g: Tensor): DecayedWithFactors {
  const byToken = exp(g)
  const { levels, fromStart, toEnd } = factorsByHalves(byToken)
  return {
    scores: assemble(q, k, byToken, levels),
    read: mul(q, fromStart),
    written: mul(k, toEnd),
    kept: slice(fromStart, -2, -1),
    factors: byToken,
  }
}

export function gradientByHalves(q: Tensor, k: Tensor, byToken: Tensor, given: DecayedCotangents): DecayedGradient {
  const { levels, fromStart, toEnd } = factorsByHalves(byToken)
  const { dq, dk } = disassemble(q, k, byToken, levels, given.scores)
  return { dq: add(dq, mul(given.read, fromStart)), dk: add(dk, mul(given.written, toEnd)) }
}

/** Tokens of the smallest blocks, at most. */
const smallest = 4

/** The rows of each smallest block: up to four of [..., C / 4, 1, K], the first rows of all blocks, their second, … */
function rows(x: Tensor): readonly Tensor[] {
  const size = Math.min(smallest, x.shape[x.rank - 2])
  return split(blocks(x, size), size, -2)
}

/** Rows put together again to the shape of x. */
function fromRows(parts: readonly Tensor[], { shape }: Tensor): Tensor {
  return reshape(concat(parts, -2), shape)
}

/** Blocks of 2 half rows, with the decays in them between each row and the border between the halves. */
interface Level {
  readonly half: number
  /** [..., C / 2half, half, K]: of second halves from the border to themselves, of first halves from themselves to it. */
  readonly factors: readonly [Tensor, Tensor]
}

/**
 * The smallest blocks first: what is kept within a block follows from what is kept within its halves, by products of
 * factors of at most 1.
 */
function factorsByHalves(kept: Tensor) {
  const C = kept.shape[kept.rank - 2]
  const byRow = rows(kept)
  const levels: Level[] = []
  let fromStart = fromRows(runningProducts(byRow), kept)
  let toEnd = fromRows(runningProducts([full(byRow[0].shape, 1), ...byRow.slice(1).reverse()]).reverse(), kept)
  for (let half = byRow.length; half < C; half *= 2) {
    const [first, second] = halves(fromStart, half)
    const [toBorder, toLast] = halves(toEnd, half)
    levels.push({ half, factors: [second, toBorder] })
    const whole = (part: Tensor) => slice(part, -2, -1)
    fromStart = reshape(concat([first, mul(second, whole(first))], -2), kept.shape)
    toEnd = reshape(concat([mul(toBorder, whole(second)), toLast], -2), kept.shape)
  }
  return { levels, fromStart, toEnd }
}

function runningProducts([first, ...others]: readonly Tensor[]): Tensor[] {
  const products = [first]
  for (const factor of others) products.push(mul(products[products.length - 1], factor))
  return products
}

function blocks(x: Tensor, size: number): Tensor {
  const [C, K] = x.shape.slice(-2)
  return reshape(x, [...x.shape.slice(0, -2), C / size, size, K])
}

/** The first and the second halves of blocks of 2 half rows. */
function halves(x: Tensor, half: number): readonly Tensor[] {
  return split(blocks(x, 2 * half), 2, -2)
}

/** Queries of second halves and keys of first halves, both decayed to the border. */
function atBorder(q: Tensor, k: Tensor, { half, factors: [fromBorder, toBorder] }: Level): readonly [Tensor, Tensor] {
  const queries = slice(blocks(q, 2 * half), -2, half)
  const keys = slice(blocks(k, 2 * half), -2, 0, half)
  return [mul(queries, fromBorder), mul(keys, toBorder)]
}

/**
 * Of the smallest blocks, rows of queries decayed by their own token's decay, and for each row t the keys of the rows
 * s < t before it, decayed to the token before t.
 */
function nearby(q: readonly Tensor[], k: readonly Tensor[], kept: readonly Tensor[]) {
  const queries = q.map((row, t) => (t === 0 ? row : mul(row, kept[t])))
  const keys: Tensor[][] = [[]]
  for (let t = 1; t < k.length; t++) keys.push([...keys[t - 1].map((key) => mul(key, kept[t - 1])), k[t - 1]])
  return { queries, keys }
}

/** Scores by smallest blocks, then by halves. */
function assemble(q: Tensor, k: Tensor, kept: Tensor, levels: readonly Level[]): Tensor {
  const [queryRows, keyRows] = [rows(q), rows(k)]
  const size = queryRows.length
  const { queries, keys } = nearby(queryRows, keyRows, rows(kept))
  const product = (a: Tensor, b: Tensor) => sum(mul(a, b), -1, { keep: true })
  const entries = queryRows.flatMap((query, t) => {
    const own = product(query, keyRows[t])
    const later = new Array<Tensor>(size - 1 - t).fill(zeros(own.shape))
    return [...keys[t].map((key) => product(queries[t], key)), own, ...later]
  })
  let scores = reshape(concat(entries, -1), [...entries[0].shape.slice(0, -2), size, size])
  for (const level of levels) {
    const across = matmul(...atBorder(q, k, level), { transposeB: true })
    // Pairs of square blocks along the diagonal, with what lies between them below it.
    const pairs = reshape(scores, [...across.shape.slice(0, -2), 2, level.half, level.half])
    const [upper, lower] = split(pairs, 2, -3).map((part) => reshape(part, across.shape))
    scores = concat([concat([upper, zeros(across.shape)], -1), concat([across, lower], -1)], -2)
  }
  return reshape(scores, [...q.shape.slice(0, -1), q.shape[q.rank - 2]])
}

/** The cotangents of q and k from that of the scores, level by level. */
function disassemble(q: Tensor, k: Tensor, kept: Tensor, levels: readonly Level[], given: Tensor): DecayedGradient {
  let rest = unsqueeze(given, -3)
  const terms = { dq: [] as Tensor[], dk: [] as Tensor[] }
  for (const level of [...levels].reverse()) {
    const { half, factors } = level
    const [fromBorder, toBorder] = factors
    const [queries, keys] = atBorder(q, k, level)
    const [top, bottom] = split(rest, 2, -2)
    const [upper] = split(top, 2, -1)
    const [across, lower] = split(bottom, 2, -1)
    const forQueries = mul(matmul(across, keys), fromBorder)
    const forKeys = mul(matmul(across, queries, { transposeA: true }), toBorder)
    const nothing = zeros(forQueries.shape)
    terms.dq.push(reshape(concat([nothing, forQueries], -2), q.shape))
    terms.dk.push(reshape(concat([forKeys, nothing], -2), k.shape))
    const shape = [...upper.shape.slice(0, -3), upper.shape[upper.rank - 3] * 2, half, half]
    rest = reshape(concat([unsqueeze(upper, -3), unsqueeze(lower, -3)], -3), shape)
  }
  const near = disassembleNearby(rows(q), rows(k), rows(kept), rest)
  return {
    dq: [fromRows(near.dq, q), ...terms.dq].reduce(plus),
    dk: [fromRows(near.dk, k), ...terms.dk].reduce(plus),
  }
}

function plus(a: Tensor, b: Tensor): Tensor {
  return add(a, b)
}

/** The same within the smallest blocks, row by row, from cotangents [..., C / 4, 4, 4]. */
function disassembleNearby(q: readonly Tensor[], k: readonly Tensor[], kept: readonly Tensor[], given: Tensor) {
  const size = q.length
  const { queries, keys } = nearby(q, k, kept)
  const entries = split(reshape(given, [...given.shape.slice(0, -2), 1, size * size]), size * size, -1)
  const at = (t: number, s: number) => entries[t * size + s]
  const dq = q.map((_, t) => {
    const own = mul(at(t, t), k[t])
    if (t === 0) return own
    return add(own, mul(kept[t], keys[t].map((key, s) => mul(at(t, s), key)).reduce(plus)))
  })
  const dk = k.map((_, s) => {
    // From the last row of the block back to the key: what reached it, decayed once more at each token between.
    let reached: Tensor | undefined
    for (let t = size - 1; t > s; t--) {
      const here = mul(at(t, s), queries[t])
      reached = reached ? add(here, mul(kept[t], reached)) : here
    }
    const own = mul(at(s, s), q[s])
    return reached ? add(own, reached) : own
  })
  return { dq, dk }
}
