/**
 * Linear attention that reads before it decays and writes, with a bonus u [H, 1, K] for the token itself:
 *   o_t = (S_{t−1} + diag(u) k_t v_tᵀ)ᵀ q_t,  S_t = diag(exp g_t) S_{t−1} + k_t v_tᵀ
 * Each query reads where the token before it stands in decay.ts's recurrence. Peng et al. 2024, arXiv:2404.05892 (Finch).
 */
import { add, delayed, matmul, mul, slice, sum, type Tensor, where, zeros } from '../engine/index.js'
import {
  type DecayInputs,
  decayChunked,
  decayParallel,
  decayStep,
  type MatrixMemory,
  type Recurrence,
} from './decay.js'
import { documentMarks, nothing } from './document-decay.js'

export interface BonusInputs extends DecayInputs {
  readonly bonus: Tensor
}
type Recur = (inputs: DecayInputs, state: MatrixMemory, chunk: number) => Recurrence

const readingBefore =
  (recur: Recur) =>
  (inputs: BonusInputs, state: MatrixMemory, chunk = 1): Recurrence => {
    const { q, v, bonus } = inputs
    const marks = documentMarks(inputs)
    const k = marks ? where(marks.real, inputs.k, 0) : inputs.k
    const g = marks ? where(marks.real, inputs.logDecay, 0) : inputs.logDecay
    const first = slice(q, 2, 0, 1)
    const next = delayed(q, zeros(first.shape), { axis: 2, reverse: true })
    const logDecay = marks ? where(marks.starts, nothing, g) : g
    const { y, state: last } = recur({ q: next, k, v, logDecay }, state, chunk)
    const before = delayed(y, matmul(first, state.memory), { axis: 2 })
    const past = marks ? where(marks.starts, 0, before) : before
    const own = mul(sum(mul(mul(q, bonus), k), -1, { keep: true }), v)
    return { y: add(past, own), state: last }
  }

export const bonusParallel = readingBefore(decayParallel)
export const bonusChunked = readingBefore(decayChunked)
/** One token. */
export const bonusStep = readingBefore(decayStep)
