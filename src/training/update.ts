/** From gradients to new parameters, as part of a program: clipping, then the optimizer. */
import {
  concat,
  div,
  maximum,
  minimum,
  mul,
  reshape,
  type StateTensors,
  sqrt,
  square,
  sum,
  type Tensor,
} from '../engine/index.js'
import type { NamedParameter } from '../nn/parameter.js'
import type { Optimizer, StepSizes } from './optimizer.js'

/** The norm of all gradients, and the gradients scaled so that it is at most `clip`. */
export function clipped(
  found: Record<string, Tensor>,
  clip: number,
): { norm: Tensor; gradients: Record<string, Tensor> } {
  const squares = Object.values(found).map((gradient) => reshape(sum(square(gradient)), [1]))
  const norm = sqrt(sum(concat(squares, 0)))
  if (clip === 0) return { norm, gradients: found }
  const factor = minimum(div(clip, maximum(norm, 1e-12)), 1)
  return {
    norm,
    gradients: Object.fromEntries(Object.entries(found).map(([path, gradient]) => [path, mul(gradient, factor)])),
  }
}

export function updates(
  { parameterList }: { readonly parameterList: readonly NamedParameter[] },
  optimizer: Optimizer,
  state: StateTensors,
  found: Record<string, Tensor>,
  sizes: StepSizes,
): Record<string, Tensor> {
  const next: Record<string, Tensor> = {}
  for (const { path, decay } of parameterList) {
    if (!found[path]) continue
    const moments = Object.fromEntries(optimizer.moments.map((name) => [name, state[`${name}.${path}`] as Tensor]))
    const result = optimizer.update(state[`parameters.${path}`], found[path], moments, sizes, decay)
    next[`parameters.${path}`] = result.parameter
    for (const [name, moment] of Object.entries(result.moments)) next[`${name}.${path}`] = moment
  }
  return next
}
