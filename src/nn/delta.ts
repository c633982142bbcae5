/**
 * The delta rule, S_t = S_{t−1} + β_t k_t (v_t − S_{t−1}ᵀ k_t)ᵀ and o_t = S_tᵀ q_t, in chunks: within one, what each
 * token really writes, u, solves (I + tril(β k kᵀ, −1)) u = β (v − k S) with S the state before the chunk.
 */
import {
  add,
  equal,
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
import { fromChunks, toChunks } from './chunks.js'
import { type DecayInputs, documentChunks, type MatrixMemory, type Recurrence } from './decay.js'
import { isToken } from './documents.js'

export interface DeltaInputs extends Omit<DecayInputs, 'logDecay'> {
  /** How much of the old value at k is replaced: [B, H, T, 1]. */
  readonly beta: Tensor
}

export function deltaStep(
  { q, k, v, beta, documents, carriedDocument }: DeltaInputs,
  { memory }: MatrixMemory,
): Recurrence {
  const rows = (x: Tensor) => reshape(x, [x.shape[0], 1, 1, 1])
  const start = documents ? where(rows(equal(documents, unsqueeze(carriedDocument!, 1))), memory, 0) : memory
  const written = add(start, matmul(k, mul(beta, sub(v, matmul(k, start))), { transposeA: true }))
  const next = documents ? where(rows(isToken(documents)!), written, memory) : written
  return { y: matmul(q, next), state: { memory: next } }
}

export function deltaChunked(inputs: DeltaInputs, { memory }: MatrixMemory, size: number): Recurrence {
  const real = isToken(inputs.documents)
  const beta = real ? where(reshape(real, [real.shape[0], 1, real.shape[1], 1]), inputs.beta, 0) : inputs.beta
  const T = inputs.q.shape[2]
  const [q, k, v, b] = [inputs.q, inputs.k, inputs.v, beta].map((t) => toChunks(t, size))
  const masks = documentChunks(inputs, size)
  const scaled = mul(k, b)
  const overlaps = tril(matmul(scaled, k, { transposeB: true }), -1)
  const inverse = unitLowerInverse(masks ? where(masks.together, overlaps, 0) : overlaps)
  const own = matmul(inverse, mul(v, b))
  const againstState = matmul(inverse, masks ? where(masks.reads, scaled, 0) : scaled)
  const intoState = masks ? where(masks.writes, k, 0) : k

  const first = (t: Tensor) => transpose(t, [2, 0, 1, 3, 4])
  const sequences = {
    own: first(own),
    againstState: first(againstState),
    intoState: first(intoState),
    ...(masks && { keeps: transpose(masks.keeps, [2, 0, 1, 3, 4]) }),
  }
  const { carry, ys } = scan(
    (state: Tensor, at: { own: Tensor; againstState: Tensor; intoState: Tensor; keeps?: Tensor }) => {
      const update = sub(at.own, matmul(at.againstState, state))
      const kept = at.keeps ? where(at.keeps, state, 0) : state
      return { carry: add(kept, matmul(at.intoState, update, { transposeA: true })), y: { state, update } }
    },
    memory,
    sequences,
  )
  const [states, updates] = [ys.state, ys.update].map((t) => transpose(t, [1, 2, 0, 3, 4]))
  const scores = tril(matmul(q, k, { transposeB: true }))
  const y = add(
    matmul(masks ? where(masks.reads, q, 0) : q, states),
    matmul(masks ? where(masks.together, scores, 0) : scores, updates),
  )
  return { y: fromChunks(y, T), state: { memory: carry } }
}
