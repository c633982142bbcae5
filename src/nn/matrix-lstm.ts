/**
 * The recurrence of mLSTM, C_t = f_t C_{t−1} + i_t k_t v_tᵀ, n_t likewise, h_t = C_tᵀ q_t / max(|n_t · q_t|, 1), with C and n
 * side by side in one state, held divided by e^m. Beck et al. 2024, arXiv:2405.04517, equations 19 to 27.
 */
import { abs, div, exp, mapTree, maximum, mul, name, neg, pad, split, type Tensor } from '../engine/index.js'
import { type decayChunked, type MatrixMemory, matrixMemory } from './decay.js'
import { exponentialGates } from './exponential-gates.js'
import { splitHeads } from './heads.js'
import type { Timeline } from './recurrence.js'

/** One form of the decaying matrix state. */
export type DecayForm = typeof decayChunked

export interface MatrixLstmState extends MatrixMemory {
  /** m, [B, H] */
  readonly stabilizer: Tensor
}

export const matrixLstmState = (batch: number, heads: number, keyWidth: number, valueWidth: number) =>
  ({
    ...matrixMemory(batch, heads, keyWidth, valueWidth + 1),
    stabilizer: { shape: [batch, heads], dtype: 'f32', change: 'replace' },
  }) as const

interface Inputs {
  /** [B, H, T, K] */
  readonly q: Tensor
  readonly k: Tensor
  /** [B, H, T, V] */
  readonly v: Tensor
  /** log i and log f, [B, T, H]. */
  readonly input: Tensor
  readonly forget: Tensor
}

/** h [B, H, T, V], for keys scaled by 1/√K. */
export function matrixLstm(
  recur: DecayForm,
  { q, k, v, input, forget }: Inputs,
  held: MatrixLstmState,
  chunk: number,
  context: Timeline,
): { y: Tensor; state: MatrixLstmState } {
  const [, heads, , K] = k.shape
  const { last, ...levels } = exponentialGates({ input, forget }, held.stabilizer, context)
  const gates = mapTree(levels, (t: Tensor) => splitHeads(t, heads))
  const scaled = mul(k, mul(exp(gates.written), K ** -0.5))
  // A value of 1 makes the memory hold the normaliser beside the rest.
  const inputs = { q, k: scaled, v: pad(v, 3, 0, 1, 1), logDecay: name(gates.kept, 'decay') }
  const { documents, carriedDocument } = context
  const { y, state } = recur({ ...inputs, documents, carriedDocument }, held, chunk)
  const [read, normalizer] = split(y, [v.shape[3], 1], 3)
  const divisor = maximum(maximum(abs(normalizer), exp(neg(gates.level))), 1e-12)
  return { y: div(read, divisor), state: { ...state, stabilizer: last } }
}
