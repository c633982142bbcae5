/**
 * The delta rule with decay, S' = diag(exp g_t) S_{t−1}, S_t = S' + β_t k_t (v_t − S'ᵀ p_t)ᵀ and o_t = S_tᵀ q_t, in
 * chunks: plain without g and p = k, gated with g [B, H, T, 1] per head or [B, H, T, K] per key channel.
 *
 * Within a chunk, what each token really writes, u, solves (I + tril(β (p kᵀ)∘decay, −1)) u = β (v − p' S), with S the
 * state before the chunk and p' the read keys decayed since then.
 */
import {
  add,
  equal,
  exp,
  matmul,
  mul,
  reshape,
  scan,
  sub,
  type Tensor,
  transpose,
  tril,
  unitLowerInverse,
  unsqueeze,
  where,
} from '../engine/index.js'
import type { DecayedChunk } from './channel-decay.js'
import { fromChunks, toChunks } from './chunks.js'
import { type DecayInputs, decayedChunk, documentChunks, type MatrixMemory, type Recurrence } from './decay.js'
import { isToken } from './documents.js'

export interface DeltaInputs extends Omit<DecayInputs, 'logDecay'> {
  /** How much of the old value at k is replaced: [B, H, T, 1]. */
  readonly beta: Tensor
  /** p, with which the old value is read: [B, H, T, K]; k itself by default. */
  readonly readKey?: Tensor
  /** Logarithm of what is kept, at most 0: [B, H, T, K] or [B, H, T, 1]; everything by default. */
  readonly logDecay?: Tensor
}

export function deltaStep(
  { q, k, v, beta, readKey = k, logDecay, documents, carriedDocument }: DeltaInputs,
  { memory }: MatrixMemory,
): Recurrence {
  const rows = (x: Tensor) => reshape(x, [x.shape[0], 1, 1, 1])
  const start = documents ? where(rows(equal(documents, unsqueeze(carriedDocument!, 1))), memory, 0) : memory
  const kept = logDecay ? mul(transpose(exp(logDecay)), start) : start
  const written = add(kept, matmul(k, mul(beta, sub(v, matmul(readKey, kept))), { transposeA: true }))
  const next = documents ? where(rows(isToken(documents)!), written, memory) : written
  return { y: matmul(q, next), state: { memory: next } }
}

export function deltaChunked(inputs: DeltaInputs, { memory }: MatrixMemory, size: number): Recurrence {
  const T = inputs.q.shape[2]
  const { beta, logDecay } = withoutPadding(inputs)
  const [q, k, v, b] = [inputs.q, inputs.k, inputs.v, beta].map((t) => toChunks(t, size))
  const p = inputs.readKey ? toChunks(inputs.readKey, size) : k
  const g = logDecay && toChunks(logDecay, size)
  const masks = documentChunks(inputs, size)
  const within = (rows: Tensor): Omit<DecayedChunk, 'kept'> & Partial<DecayedChunk> =>
    g ? decayedChunk(rows, k, g) : { scores: matmul(rows, k, { transposeB: true }), read: rows, written: k }
  const sinceStart = (rows: Tensor) => (masks ? where(masks.reads, rows, 0) : rows)
  const scaled = mul(p, b)
  const overlapping = within(scaled)
  const overlaps = tril(overlapping.scores, -1)
  const inverse = unitLowerInverse(masks ? where(masks.together, overlaps, 0) : overlaps)
  const own = matmul(inverse, mul(v, b))
  const againstState = matmul(inverse, sinceStart(overlapping.read))
  const intoState = masks ? where(masks.writes, overlapping.written, 0) : overlapping.written

  const first = (t: Tensor) => transpose(t, [2, 0, 1, 3, 4])
  const sequences: Chunk = {
    own: first(own),
    againstState: first(againstState),
    intoState: first(intoState),
    ...(overlapping.kept && { decay: first(transpose(overlapping.kept)) }),
    ...(masks && { keeps: first(masks.keeps) }),
  }
  const { carry, ys } = scan(
    (state: Tensor, at: Chunk) => {
      const update = sub(at.own, matmul(at.againstState, state))
      const decayed = at.decay ? mul(at.decay, state) : state
      const kept = at.keeps ? where(at.keeps, decayed, 0) : decayed
      return { carry: add(kept, matmul(at.intoState, update, { transposeA: true })), y: { state, update } }
    },
    memory,
    sequences,
  )
  const [states, updates] = [ys.state, ys.update].map((t) => transpose(t, [1, 2, 0, 3, 4]))
  const reading = within(q)
  const scores = tril(reading.scores)
  const y = add(
    matmul(sinceStart(reading.read), states),
    matmul(masks ? where(masks.together, scores, 0) : scores, updates),
  )
  return { y: fromChunks(y, T), state: { memory: carry } }
}

/** What the recurrence over chunks reads of each, [N, B, H, …]. */
interface Chunk {
  readonly own: Tensor
  readonly againstState: Tensor
  readonly intoState: Tensor
  readonly decay?: Tensor
  readonly keeps?: Tensor
}

/** Padding neither writes nor decays. */
function withoutPadding({ beta, logDecay, documents }: DeltaInputs): Pick<DeltaInputs, 'beta' | 'logDecay'> {
  const real = isToken(documents)
  if (!real) return { beta, logDecay }
  const mask = reshape(real, [real.shape[0], 1, real.shape[1], 1])
  return { beta: where(mask, beta, 0), logDecay: logDecay && where(mask, logDecay, 0) }
}
