/** Forget gates that keep at least a learned share: Qin et al. 2023, arXiv:2311.04823, section 3.2. */
import {
  add,
  log,
  logSigmoid,
  mul,
  neg,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../engine/index.js'
import { filled, zero } from './initializers.js'
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

/** γ of a layer as the paper has it: what a softmax over all layers gives to those after the first, up to this one. */
export function sharedLowerBound(width: number, layers: number, index: number): Layer<LowerBound> {
  if (index === 0) return layer({}, () => ({}))
  return layer(parameter([layers, width], zero), (table: Tensor) => ({
    least: sum(slice(softmax(transpose(table)), 1, 1, index + 1), 1),
  }))
}

/** From what comes before the gate [..., D]: the share that is kept, γ + (1 − γ) sigmoid(x), its logarithm, and the rest. */
export function boundedGate(x: Tensor, { least }: LowerBound) {
  if (!least) return { kept: sigmoid(x), replaced: sigmoid(neg(x)), logKept: logSigmoid(x) }
  const replaced = mul(sub(1, least), sigmoid(neg(x)))
  const kept = add(least, mul(sub(1, least), sigmoid(x)))
  return { kept, replaced, logKept: log(kept) }
}
