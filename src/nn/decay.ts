/**
 * Linear attention whose state decays, S_t = diag(exp g_t) S_{t−1} + k_t v_tᵀ and o_t = S_tᵀ q_t, the recurrence behind
 * a dozen mechanisms: with g [B, H, T, K] per key channel, with g [B, H, T, 1] per head, with g = 0 plain.
 *
 * Every decay is formed as exp of a sum of logarithms, or as a product of decays, over the very positions it spans, and
 * no factor exceeds 1, so decays of any strength are exact to rounding. (Weak ones by channel are taken relative to the
 * middle of a chunk: channel-decay.ts.)
 */
import {
  add,
  concat,
  customGradient,
  equal,
  exp,
  greaterEqual,
  iota,
  linearRecurrence,
  matmul,
  maximum,
  mul,
  name,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  transpose,
  tril,
  unsqueeze,
  where,
} from '../engine/index.js'
import { channelDecays, type DecayedChunk } from './channel-decay.js'
import { fromChunks, matrix, toChunks } from './chunks.js'
import { cumulativeMaximum, isToken, sameDocument } from './documents.js'

export interface DecayInputs {
  /** [B, H, T, K], already scaled. */
  readonly q: Tensor
  readonly k: Tensor
  /** [B, H, T, V] */
  readonly v: Tensor
  /** Logarithm of what is kept, at most 0: [B, H, T, K] or [B, H, T, 1]. */
  readonly logDecay: Tensor
  /** [B, T] i32, −1 for padding. */
  readonly documents?: Tensor
  /** [B] i32 */
  readonly carriedDocument?: Tensor
}

/** The state of these recurrences: one matrix a head, [B, H, K, V]. */
export interface MatrixMemory {
  readonly memory: Tensor
}

export interface Recurrence {
  /** [B, H, T, V] */
  readonly y: Tensor
  readonly state: MatrixMemory
}

export function matrixMemory(batch: number, heads: number, keyWidth: number, valueWidth: number) {
  return { memory: { shape: [batch, heads, keyWidth, valueWidth], dtype: 'f32', change: 'replace' } } as const
}

/** One token. */
export function decayStep(
  { q, k, v, logDecay, documents, carriedDocument }: DecayInputs,
  { memory }: MatrixMemory,
): Recurrence {
  const kept = mul(transpose(exp(logDecay)), memory)
  const visible = documents ? where(perRow(equal(documents, unsqueeze(carriedDocument!, 1))), kept, 0) : kept
  const written = add(visible, matmul(k, v, { transposeA: true }))
  const next = documents ? where(perRow(isToken(documents)!), written, memory) : written
  return { y: matmul(q, next), state: { memory: next } }
}

/** [B, 1] as [B, 1, 1, 1]. */
function perRow(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], 1, 1, 1])
}

/** The definition: weights q_t · k_s ∘ exp(g_{s+1} + … + g_t) for all pairs at once, and the carried state decayed to each t. */
export function decayParallel(inputs: DecayInputs, { memory }: MatrixMemory): Recurrence {
  const { q, k, v, logDecay } = withoutPadding(inputs)
  const T = q.shape[2]
  // spans[s, t] = g_{s+1} + … + g_t, as a running sum over t of what comes after s.
  const after = greaterEqual(unsqueeze(iota(T), 0), unsqueeze(add(iota(T), 1), 1))
  const spans = matmul(
    matrix(T, T, (t, r) => (r <= t ? 1 : 0)),
    where(unsqueeze(after, 2), unsqueeze(logDecay, 2), 0),
  )
  const products = mul(mul(unsqueeze(q, 2), unsqueeze(k, 3)), exp(spans))
  const weights = name(visibleWeights(transpose(sum(products, -1)), inputs), 'attention')
  return joinState(inputs, { q, k, v, ...decaySums(logDecay), y: matmul(weights, v) }, memory)
}

/** A sequence as chunks: quadratic inside of one, a recurrence over the states between them. */
export function decayChunked(inputs: DecayInputs, { memory }: MatrixMemory, size: number): Recurrence {
  const { q, k, v, logDecay } = withoutPadding(inputs)
  const T = q.shape[2]
  const [queries, keys, values, g] = [q, k, v, logDecay].map((t) => toChunks(t, size))
  const chunked = documentChunks(inputs, size)
  const { scores: all, read, written, kept: decay } = decayedChunk(queries, keys, g)
  const scores = chunked ? where(chunked.together, all, 0) : all

  const update = matmul(chunked ? where(chunked.writes, written, 0) : written, values, { transposeA: true })
  const kept = transpose(decay)
  const states = linearRecurrence(chunked ? where(chunked.keeps, kept, 0) : kept, update, memory, { axis: 2 })
  const count = update.shape[2]
  const before = concat([unsqueeze(memory, 2), slice(states, 2, 0, count - 1)], 2)
  const y = add(matmul(scores, values), matmul(chunked ? where(chunked.reads, read, 0) : read, before))
  return { y: fromChunks(y, T), state: { memory: reshape(slice(states, 2, count - 1, count), memory.shape) } }
}

/** Padding neither writes nor decays. */
function withoutPadding(inputs: DecayInputs): DecayInputs {
  const real = isToken(inputs.documents)
  if (!real) return inputs
  const mask = reshape(real, [real.shape[0], 1, real.shape[1], 1])
  return {
    ...inputs,
    k: where(mask, inputs.k, 0),
    v: where(mask, inputs.v, 0),
    logDecay: where(mask, inputs.logDecay, 0),
  }
}

/** Lower triangle of weights, within one document each. */
function visibleWeights(weights: Tensor, { documents }: DecayInputs): Tensor {
  const lower = tril(weights)
  return documents ? where(unsqueeze(sameDocument(documents, documents), 1), lower, 0) : lower
}

interface Joined {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  /** Σ of g from the start up to t, and from s + 1 to the end: [B, H, T, G]. */
  readonly elapsed: Tensor
  readonly remaining: Tensor
  readonly y: Tensor
}

/** Adds what the carried state contributes and forms the next one, for a sequence treated as one chunk. */
function joinState(inputs: DecayInputs, { q, k, v, elapsed, remaining, y }: Joined, memory: Tensor): Recurrence {
  const whole = documentChunks(inputs, q.shape[2])
  const flat = (t: Tensor) => reshape(t, [t.shape[0], t.shape[1], ...t.shape.slice(3)])
  const read = mul(q, exp(elapsed))
  const written = mul(k, exp(remaining))
  const T = q.shape[2]
  const kept = mul(transpose(exp(slice(elapsed, 2, T - 1, T))), memory)
  const old = whole ? where(flat(whole.keeps), kept, 0) : kept
  return {
    y: add(y, matmul(whole ? where(flat(whole.reads), read, 0) : read, memory)),
    state: {
      memory: add(old, matmul(whole ? where(flat(whole.writes), written, 0) : written, v, { transposeA: true })),
    },
  }
}

/** For packed documents, which parts of each chunk belong together: masks that broadcast over [B, H, N, C, …]. */
export function documentChunks(
  { documents, carriedDocument }: Pick<DecayInputs, 'documents' | 'carriedDocument'>,
  size: number,
) {
  if (!documents) return undefined
  const filled = forwardFilled(documents, carriedDocument!)
  const [B, T] = documents.shape
  const N = Math.ceil(T / size)
  // The tail after the sequence counts as its last document: it writes nothing, and the state must pass through it.
  const tail = slice(filled, 1, T - 1, T)
  const chunks = reshape(concat([filled, ...new Array<Tensor>(N * size - T).fill(tail)], 1), [B, 1, N, size])
  const last = slice(chunks, 3, size - 1, size)
  const before = concat([reshape(carriedDocument!, [B, 1, 1, 1]), slice(last, 2, 0, N - 1)], 2)
  return {
    together: equal(unsqueeze(chunks, 4), unsqueeze(chunks, 3)),
    reads: unsqueeze(equal(chunks, before), 4),
    writes: unsqueeze(equal(chunks, last), 4),
    keeps: unsqueeze(equal(last, before), 4),
  }
}

/** Document numbers with padding given the number before it: numbers only grow along a row. */
function forwardFilled(documents: Tensor, carried: Tensor): Tensor {
  return cumulativeMaximum(maximum(documents, unsqueeze(carried, 1)))
}

/** Of log decays [..., C, G], the sums from the first row up to each, and from after each to the last. */
export function decaySums(g: Tensor): { elapsed: Tensor; remaining: Tensor } {
  const C = g.shape[g.rank - 2]
  const summed = (counts: (row: number, r: number) => boolean) =>
    matmul(
      matrix(C, C, (row, r) => +counts(row, r)),
      g,
    )
  return { elapsed: summed((t, r) => r <= t), remaining: summed((s, r) => r > s) }
}

/** Chunks [B, H, N, C, …] under their decays, g per head or per channel. */
export function decayedChunk(q: Tensor, k: Tensor, g: Tensor): DecayedChunk {
  if (g.shape[4] > 1) return channelDecays(q, k, g)
  const { elapsed, remaining } = decaySums(g)
  return {
    scores: headScores(q, k, g),
    read: mul(q, exp(elapsed)),
    written: mul(k, exp(remaining)),
    kept: exp(slice(elapsed, 3, -1)),
  }
}

/**
 * Lower triangle of q kᵀ ∘ exp(spans) with one decay per head: spans summed as a matrix product. As in
 * channel-decay.ts, the cotangent of g_r follows from what all pairs give: those of rows t ≥ r less those of columns s ≥ r.
 */
function headScores(q: Tensor, k: Tensor, g: Tensor): Tensor {
  const C = q.shape[3]
  const until = matrix(C, C, (t, r) => (r <= t ? 1 : 0))
  const after = matrix(C, C, (r, s) => (r > s ? 1 : 0))
  const [scores] = customGradient(
    [q, k, g],
    () => {
      const spans = matmul(until, mul(maximum(g, weakest), after))
      const decays = tril(exp(spans))
      const scores = mul(matmul(q, k, { transposeB: true }), decays)
      return { outputs: [scores], saved: [q, k, decays, scores] }
    },
    ([queries, keys, decays, scores], [given]) => {
      const products = mul(given, decays)
      // A token with itself decays by nothing: both sums would hold it, and differ by its rounding.
      const pairs = tril(mul(given, scores), -1)
      const byToken = sub(sum(pairs, -1, { keep: true }), transpose(sum(pairs, -2, { keep: true })))
      const from = matrix(C, C, (r, t) => (t >= r ? 1 : 0))
      return [matmul(products, keys), matmul(products, queries, { transposeA: true }), matmul(from, byToken)]
    },
  )
  return scores
}

/** A log decay that leaves nothing in any precision, where −∞ times a mask's zero would be no number. */
const weakest = -1e4
