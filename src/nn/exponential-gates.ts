/**
 * Exponential gates within range: a state S_t = f_t S_{t−1} + e^{i_t} x_t with gates of any size is held divided by
 * e^{m_t}. Beck et al. 2024, arXiv:2405.04517, equation 15, with a smooth maximum, m_t = log(1 + e^{i_t} + f_t e^{m_{t−1}}):
 * what the state stands for does not depend on m, and so nothing has a kink where two of them meet.
 */
import { add, exp, log, maximum, minimum, neg, stopGradient, sub, type Tensor } from '../engine/index.js'
import { loopOverTime, type Timeline } from './recurrence.js'

interface Gates {
  /** log f and i, [B, T, H] each. */
  readonly forget: Tensor
  readonly input: Tensor
}

/**
 * What the held state keeps and writes, as logarithms of at most 0 to rounding, the levels m, [B, T, H] each, and the last level, from
 * the one before the first token [B, H]: 0 for an empty state. A loop, so that levels are rounded alike however a sequence
 * is cut: where gates are huge, what they leave hangs on it.
 */
export function exponentialGates(gates: Gates, start: Tensor, timeline: Timeline) {
  const body = (before: Tensor, { forget, input }: Gates) => {
    const level = logTotal(input, add(forget, before))
    // In this order what is rounded is as small as the gate, not as the level; levels beyond all sense round to more.
    const kept = minimum(add(forget, sub(before, level)), 0.01)
    return { memory: level, y: { kept, written: sub(input, level), level } }
  }
  const { ys, memory: last } = loopOverTime(body, start, gates, timeline)
  return { ...ys, last }
}

/** log(1 + e^a + e^b) */
function logTotal(a: Tensor, b: Tensor): Tensor {
  const most = stopGradient(maximum(maximum(a, b), 0))
  return add(most, log(add(exp(neg(most)), add(exp(sub(a, most)), exp(sub(b, most))))))
}
