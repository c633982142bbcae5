/** What stands around the linear system of S4 and its kin: the direct path D ∘ u, an activation, and a mixing of features. */
import { add, gelu, mul, sigmoid, split, type Tensor } from '../engine/index.js'
import { gaussian } from './initializers.js'
import { linear } from './layers.js'
import { layer, parameter } from './parameter.js'

/** y, u [B, T, dim] to a ∘ sigmoid(b) for a, b = gelu(y + D ∘ u) W: the gated unit of S4's published models. */
export function stateSpaceOutput(dim: number, bias: boolean) {
  const parameters = { skip: parameter([dim], gaussian(1)), mix: linear(dim, 2 * dim, { bias }) }
  return layer(parameters, ({ skip, mix }) => (y: Tensor, u: Tensor) => {
    const [value, gate] = split(mix(gelu(add(y, mul(u, skip)))), 2, -1)
    return mul(value, sigmoid(gate))
  })
}
