/**
 * Linear attention that reads before it decays and writes, with a bonus u [H, 1, K] for the token itself:
 *   o_t = (S_{t−1} + diag(u) k_t v_tᵀ)ᵀ q_t,  S_t = diag(exp g_t) S_{t−1} + k_t v_tᵀ
 * The state before a token is decay.ts's recurrence one token late. Peng et al. 2024, arXiv:2404.05892 (Finch).
 */
import { add, delayed, exp, matmul, mul, slice, sum, type Tensor, transpose, where, zeros } from '../engine/index.js'
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

const late =
  (recur: Recur) =>
  (inputs: BonusInputs, state: MatrixMemory, chunk = 1): Recurrence => {
    const { q, v, bonus } = inputs
    const marks = documentMarks(inputs)
    const k = marks ? where(marks.real, inputs.k, 0) : inputs.k
    const g = marks ? where(marks.real, inputs.logDecay, 0) : inputs.logDecay
    const before = (t: Tensor) => delayed(t, zeros([...t.shape.slice(0, 2), 1, t.shape[3]]), { axis: 2 })
    const past = {
      q,
      k: marks ? where(marks.starts, 0, before(k)) : before(k),
      v: before(v),
      logDecay: marks ? where(marks.starts, nothing, before(g)) : before(g),
    }
    const { y, state: read } = recur(past, state, chunk)
    const own = mul(sum(mul(mul(q, bonus), k), -1, { keep: true }), v)
    const [lastKey, lastValue, lastDecay] = [k, v, g].map((t) => slice(t, 2, -1))
    const kept = mul(transpose(exp(lastDecay)), read.memory)
    return { y: add(y, own), state: { memory: add(kept, matmul(lastKey, lastValue, { transposeA: true })) } }
  }

export const bonusParallel = late(decayParallel)
export const bonusChunked = late(decayChunked)
/** One token. */
export const bonusStep = late(decayStep)
