/**
 * Attention over keys that are codes of a codebook: all tokens with one code share a score, so that those beyond a window
 * need no more than their number N_c and the sum U_c of their values, per code c:
 *   o_t = (Σ_c e^{q_t·c} U_c + Σ_s e^{q_t·k̂_s + b_{t−s}} v_s) / (Σ_c e^{q_t·c} N_c + Σ_s e^{q_t·k̂_s + b_{t−s}})
 * Liu et al. 2024, arXiv:2404.11163; Lingle 2023, arXiv:2309.16354, theorem 3.7 (the sums in linear time).
 */
import {
  add,
  and,
  cast,
  concat,
  cumulativeSum,
  div,
  equal,
  exp,
  gather,
  greater,
  greaterEqual,
  iota,
  matmul,
  max,
  maximum,
  minimum,
  oneHot,
  pad,
  reshape,
  slice,
  stopGradient,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { isToken, sameDocument } from './documents.js'
import { lookBack } from './look-back.js'
import type { Timeline } from './recurrence.js'

export interface CodeInputs {
  /** [B, T, Z], scaled. */
  readonly q: Tensor
  /** The code that stands for each key, [B, T, Z], and its number, [B, T] i32. */
  readonly k: Tensor
  readonly codes: Tensor
  /** [B, T, E] */
  readonly v: Tensor
  /** [S, Z] */
  readonly codebook: Tensor
  /** Added to scores of the last W tokens, by distance: [W]. */
  readonly bias: Tensor
}

export interface CodeMemory {
  /** N [B, S] and U [B, S, E] of the document's tokens before the last W − 1. */
  readonly counts: Tensor
  readonly sums: Tensor
  /** Of the last W − 1: one more than the code, [B, W − 1, 1], 0 where there is no token; and [B, W − 1, E]. */
  readonly codes: Tensor
  readonly values: Tensor
}

export function codeMemory(batch: number, codes: number, window: number, width: number) {
  const leaf = (...shape: number[]) => ({ shape: [batch, ...shape], dtype: 'f32', change: 'replace' }) as const
  return {
    counts: leaf(codes),
    sums: leaf(codes, width),
    codes: { shape: [batch, window - 1, 1], dtype: 'i32', change: 'replace' } as const,
    values: leaf(window - 1, width),
  }
}

/** The definition: every new token and those of the window by themselves, only what lies before them by code. [B, T, E]. */
export function attendToCodes(inputs: CodeInputs, memory: CodeMemory, timeline: Timeline): Tensor {
  const { q, k, v, codebook, bias } = inputs
  const { numbers, carried, allNumbers, rank, allRanks } = places(inputs, memory, timeline)
  const keys = concat([recentKeys(memory, codebook), k], 1)
  const distance = sub(unsqueeze(rank, 2), unsqueeze(allRanks, 1))
  const visible = and(sameDocument(numbers, allNumbers), greaterEqual(distance, 0))
  return mixture(
    { q, codebook, ...memory, visible: equal(unsqueeze(numbers, 2), reshape(carried, [-1, 1, 1])) },
    { scores: biased(matmul(q, keys, { transposeB: true }), distance, bias), visible },
    concat([memory.values, v], 1),
  )
}

/** The same in linear time, for rows of one document: blocks of W tokens see themselves and the block before them. */
export function attendToCodesInBlocks(inputs: CodeInputs, memory: CodeMemory): Tensor {
  const { q, k, codes, v, codebook, bias } = inputs
  const [B, T, Z] = q.shape
  const W = bias.shape[0]
  const count = Math.ceil(T / W)
  const filler = count * W - T
  const inBlocks = (recent: Tensor, fresh: Tensor) => {
    const all = pad(concat([recent, fresh], 1), 1, 1, filler)
    return reshape(all, [B, count + 1, W, all.shape[2]])
  }
  const inPairs = (blocks: Tensor) => concat([slice(blocks, 1, 0, count), slice(blocks, 1, 1)], 2)
  const values = inBlocks(memory.values, v)
  const numbers = inBlocks(memory.codes, unsqueeze(add(codes, 1), 2))
  // What lies before a pair of blocks, by code.
  const written = slice(oneHot(sub(reshape(numbers, [B, count + 1, W]), 1), codebook.shape[0]), 1, 0, count)
  const before = (blocks: Tensor, start: Tensor) =>
    add(unsqueeze(start, 1), cumulativeSum(blocks, 1, { exclusive: true }))
  const counts = before(sum(written, 2), memory.counts)
  const sums = before(matmul(written, slice(values, 1, 0, count), { transposeA: true }), memory.sums)
  const queries = reshape(pad(q, 1, 0, filler), [B, count, W, Z])
  const keys = inPairs(inBlocks(recentKeys(memory, codebook), k))
  const distance = sub(add(unsqueeze(iota(W), 1), W), iota(2 * W))
  const present = reshape(greater(inPairs(numbers), 0), [B, count, 1, 2 * W])
  const y = mixture(
    { q: queries, codebook, counts, sums },
    {
      scores: biased(matmul(queries, keys, { transposeB: true }), distance, bias),
      visible: and(present, greaterEqual(distance, 0)),
    },
    inPairs(values),
  )
  return slice(reshape(y, [B, count * W, v.shape[2]]), 1, 0, T)
}

/** The memory after the inputs: tokens that leave the window are added to the sums of their codes. */
export function remembered(inputs: CodeInputs, memory: CodeMemory, timeline: Timeline): CodeMemory {
  const { numbers, carried, allNumbers, rank, allRanks } = places(inputs, memory, timeline)
  const { codes, v, codebook, bias } = inputs
  const last = maximum(max(numbers, 1), carried)
  const following = sub(slice(rank, 1, -1), allRanks)
  const leaves = and(equal(allNumbers, unsqueeze(last, 1)), greaterEqual(following, bias.shape[0] - 1))
  const fresh = unsqueeze(add(codes, 1), 2)
  const all = reshape(concat([memory.codes, fresh], 1), allNumbers.shape)
  const written = oneHot(sub(where(leaves, all, 0), 1), codebook.shape[0])
  const goesOn = unsqueeze(equal(last, carried), 1)
  const values = concat([memory.values, v], 1)
  return {
    counts: add(where(goesOn, memory.counts, 0), sum(written, 1)),
    sums: add(where(unsqueeze(goesOn, 2), memory.sums, 0), matmul(written, values, { transposeA: true })),
    codes: lookBack(fresh, memory.codes, [], timeline).past,
    values: lookBack(v, memory.values, [], timeline).past,
  }
}

/** Documents of new tokens and of all, −1 where there is none, and their places in the order of real tokens. */
function places({ codes }: CodeInputs, memory: CodeMemory, { documents, carriedDocument }: Timeline) {
  const [B, T] = codes.shape
  const slots = memory.codes.shape[1]
  const numbers = documents ?? zeros([B, T], 'i32')
  const carried = carriedDocument ?? zeros([B], 'i32')
  const present = reshape(greater(memory.codes, 0), [B, slots])
  const rank = documents ? cumulativeSum(cast(isToken(documents)!, 'i32'), 1) : add(numbers, add(iota(T), 1))
  return {
    numbers,
    carried,
    allNumbers: concat([where(present, unsqueeze(carried, 1), -1), numbers], 1),
    rank,
    allRanks: concat([add(zeros([B, slots], 'i32'), sub(iota(slots), slots - 1)), rank], 1),
  }
}

const recentKeys = ({ codes }: CodeMemory, codebook: Tensor) =>
  gather(codebook, maximum(sub(reshape(codes, codes.shape.slice(0, 2)), 1), 0), 0)

/** Scores with the bias of their distance, which is 0 from W on. */
function biased(scores: Tensor, distance: Tensor, bias: Tensor): Tensor {
  const W = bias.shape[0]
  return add(scores, gather(pad(bias, 0, 0, 1), minimum(maximum(distance, 0), W), 0))
}

/** Scores at which a code that stands for no token is cut off, above the largest that counts: no power of e overflows. */
const excess = 30

/** The formula above, from codes and from single tokens. */
function mixture(
  past: Pick<CodeInputs, 'q' | 'codebook'> & Pick<CodeMemory, 'counts' | 'sums'> & { visible?: Tensor },
  single: { scores: Tensor; visible: Tensor },
  values: Tensor,
): Tensor {
  const raw = matmul(past.q, past.codebook, { transposeB: true })
  const hidden = Number.NEGATIVE_INFINITY
  const coded = past.visible ? where(past.visible, raw, hidden) : raw
  const alone = where(single.visible, single.scores, hidden)
  const counted = where(greater(unsqueeze(past.counts, -2), 0), coded, hidden)
  const highest = stopGradient(maximum(max(counted, -1, { keep: true }), max(alone, -1, { keep: true })))
  const byCode = exp(minimum(sub(coded, highest), excess))
  const byToken = exp(sub(alone, highest))
  const total = add(matmul(byCode, unsqueeze(past.counts, -1)), sum(byToken, -1, { keep: true }))
  return div(add(matmul(byCode, past.sums), matmul(byToken, values)), total)
}
