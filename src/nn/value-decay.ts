/**
 * Linear attention whose state decays by value channel, S_t = S_{t−1} diag(exp g_t) + k_t v_tᵀ and o_t = S_tᵀ q_t with
 * g [B, H, T, V]: the first pass of slot attention. As in decay.ts, no decay is a difference of long sums.
 */
import {
  add,
  concat,
  exp,
  linearRecurrence,
  matmul,
  mul,
  reshape,
  slice,
  split,
  sum,
  type Tensor,
  tril,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import { fromChunks, matrix, toChunks } from './chunks.js'
import type { DecayInputs, MatrixMemory, Recurrence } from './decay.js'

/** Without packed documents: those are decays, see document-decay.ts. Here `logDecay` is [B, H, T, V]. */
export type ValueDecayInputs = Pick<DecayInputs, 'q' | 'k' | 'v' | 'logDecay'>

/** One token. */
export function valueDecayStep({ q, k, v, logDecay }: ValueDecayInputs, { memory }: MatrixMemory): Recurrence {
  const next = add(mul(exp(logDecay), memory), matmul(k, v, { transposeA: true }))
  return { y: matmul(q, next), state: { memory: next } }
}

export function valueDecayChunked(inputs: ValueDecayInputs, { memory }: MatrixMemory, size: number): Recurrence {
  const { q, k, v, logDecay } = inputs
  const [queries, keys, values, g] = [q, k, v, logDecay].map((t) => toChunks(t, size))
  const decayed = (counts: (row: number, r: number) => boolean) =>
    exp(
      matmul(
        matrix(size, size, (row, r) => +counts(row, r)),
        g,
      ),
    )
  const update = matmul(
    keys,
    mul(
      values,
      decayed((s, r) => r > s),
    ),
    { transposeA: true },
  )
  const states = linearRecurrence(exp(sum(g, 3, { keep: true })), update, memory, { axis: 2 })
  const count = update.shape[2]
  const before = concat([unsqueeze(memory, 2), slice(states, 2, 0, count - 1)], 2)
  const scores = tril(matmul(queries, keys, { transposeB: true }))
  const y = add(
    decayedProduct(scores, values, g),
    mul(
      decayed((t, r) => r <= t),
      matmul(queries, before),
    ),
  )
  const state = { memory: reshape(slice(states, 2, count - 1, count), memory.shape) }
  return { y: fromChunks(y, q.shape[2]), state }
}

/**
 * Σ_{s≤t} A_ts exp(g_{s+1} + … + g_t) ∘ v_s for A [..., C, C] and g, v [..., C, V], C a power of two, by halving: across
 * the border between the halves of a block, the decay is one to the border and one from it.
 */
function decayedProduct(A: Tensor, v: Tensor, g: Tensor): Tensor {
  const [C, V] = v.shape.slice(-2)
  const lead = v.shape.slice(0, -2)
  let squares = unsqueeze(A, -3)
  let total: Tensor | undefined
  for (let half = C / 2; half >= 1; half /= 2) {
    const halves = (t: Tensor) => split(reshape(t, [...lead, C / (2 * half), 2 * half, V]), 2, -2)
    const [firstDecays, secondDecays] = halves(g)
    const summed = (rows: Tensor, counts: (row: number, r: number) => boolean) =>
      matmul(
        matrix(half, half, (row, r) => +counts(row, r)),
        rows,
      )
    const toBorder = exp(summed(firstDecays, (s, r) => r > s))
    const fromBorder = exp(summed(secondDecays, (t, r) => r <= t))
    const [upper, lower] = split(squares, 2, -2)
    const [across, second] = split(lower, 2, -1)
    const read = mul(fromBorder, matmul(across, mul(toBorder, halves(v)[0])))
    const part = reshape(concat([zeros(read.shape), read], -2), v.shape)
    total = total ? add(total, part) : part
    const pair = concat([unsqueeze(split(upper, 2, -1)[0], -3), unsqueeze(second, -3)], -3)
    squares = reshape(pair, [...lead, C / half, half, half])
  }
  const own = mul(reshape(squares, [...lead, C, 1]), v)
  return total ? add(total, own) : own
}
