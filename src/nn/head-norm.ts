/** LayerNorm of each head whose scales and shifts are the head's own: a group norm of features [B, H, T, D]. */
import { add, full, layerNorm, mul, reshape, type Tensor } from '../engine/index.js'
import { one, zero } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

export function headNorm(heads: number, width: number, epsilon?: number): Layer<(x: Tensor) => Tensor> {
  const parameters = { scale: parameter([heads * width], one), shift: parameter([heads * width], zero) }
  return layer(parameters, ({ scale, shift }) => (x) => {
    const normed = layerNorm(x, full([width], 1), full([width], 0), epsilon)
    const ofHeads = (t: Tensor) => reshape(t, [heads, 1, width])
    return add(mul(normed, ofHeads(scale)), ofHeads(shift))
  })
}
