/** Forget gates that keep at least a learned share: Qin et al. 2023, arXiv:2311.04823, section 3.2. */
import { add, log, logSigmoid, mul, neg, sigmoid, sub, type Tensor } from '../engine/index.js'
import { filled } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

/** γ of each channel, or none. */
export interface LowerBound {
  readonly least?: Tensor
}

/** γ = sigmoid(a) with a learned, starting at `start`; none at all for 0. */
export function lowerBound(width: number, start: number): Layer<LowerBound> {
  if (start === 0) return layer({}, () => ({}))
  const learned = parameter([width], filled(Math.log(start / (1 - start))))
  return layer(learned, (a: Tensor) => ({ least: sigmoid(a) }))
}

/** From what comes before the gate [..., D]: the share that is kept, γ + (1 − γ) sigmoid(x), its logarithm, and the rest. */
export function boundedGate(x: Tensor, { least }: LowerBound) {
  if (!least) return { kept: sigmoid(x), replaced: sigmoid(neg(x)), logKept: logSigmoid(x) }
  const replaced = mul(sub(1, least), sigmoid(neg(x)))
  const kept = add(least, mul(sub(1, least), sigmoid(x)))
  return { kept, replaced, logKept: log(kept) }
}
