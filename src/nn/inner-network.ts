/**
 * A small network whose weights are data: what layers that learn at test time have for a state. Affine layers with GELU
 * between them; every row and head has weights of its own, [B, H, inputs, outputs] a layer.
 *
 * The gradient of one token's loss for a layer's weights is xᵀ δ: x is what the layer gets, δ the gradient for what it
 * gives. Both come for many tokens at once.
 */
import {
  add,
  concat,
  full,
  gelu,
  grad,
  layerNorm,
  matmul,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  zeros,
} from '../engine/index.js'
import { type Initializer, one, zero } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

/** A matrix a layer; its last row is the bias, where there is one. */
export type Weights = readonly Tensor[]

interface InnerShape {
  readonly heads: number
  /** Of the input, of each hidden layer and of the result. */
  readonly widths: readonly number[]
  readonly bias: boolean
  /** Whether the network is x + norm(z) of the last layer's z, its norm learned head by head, instead of z. */
  readonly residual: boolean
  /** The loss is this times ‖f(k) − v‖². */
  readonly lossScale: number
}

export interface InnerNetwork extends InnerShape {
  /** Weights before the first token, [H, inputs, outputs]. */
  readonly start: Weights
  readonly norm?: { readonly scale: Tensor; readonly shift: Tensor }
}

/** [inputs, outputs] of each layer, with the row of the bias. */
export function weightShapes({ widths, bias }: Pick<InnerShape, 'widths' | 'bias'>): [number, number][] {
  return widths.slice(1).map((width, index) => [widths[index] + (bias ? 1 : 0), width])
}

/** The network with its starting weights as parameters, their biases 0. */
export function innerNetwork(shape: InnerShape, initial: (inputs: number) => Initializer): Layer<InnerNetwork> {
  const { heads, widths, bias, residual } = shape
  const width = widths[widths.length - 1]
  const parameters = {
    weights: weightShapes(shape).map(([inputs, outputs]) =>
      parameter([heads, inputs, outputs], withoutBias(initial(inputs), bias ? inputs : 0, outputs)),
    ),
    norm: residual
      ? {
          scale: parameter([heads, 1, width], one, { decay: false }),
          shift: parameter([heads, 1, width], zero, { decay: false }),
        }
      : undefined,
  }
  return layer(parameters, ({ weights, norm }) => ({ ...shape, start: weights as Weights, norm }))
}

/** Sets the last of every `rows` rows of `outputs` numbers to 0; none where `rows` is 0. */
function withoutBias(initial: Initializer, rows: number, outputs: number): Initializer {
  if (rows === 0) return initial
  return (shape, random) =>
    initial(shape, random).map((value, index) => (Math.floor(index / outputs) % rows === rows - 1 ? 0 : value))
}

/** f(x) for x [B, H, C, D], where `apply` is what each layer does to its inputs. */
export function runInner(network: InnerNetwork, x: Tensor, apply: (inputs: Tensor, index: number) => Tensor): Tensor {
  const ones = full([...x.shape.slice(0, -1), 1], 1)
  const inputs = (h: Tensor) => (network.bias ? concat([h, ones], -1) : h)
  const z = network.start.reduce((h: Tensor, _, index) => apply(inputs(index > 0 ? gelu(h) : h), index), x)
  if (!network.norm) return z
  const { scale, shift } = network.norm
  const width = z.shape[z.rank - 1]
  return add(x, add(mul(layerNorm(z, full([width], 1), zeros([width])), scale), shift))
}

/** f with given weights. */
export function runWith(network: InnerNetwork, x: Tensor, weights: Weights): Tensor {
  return runInner(network, x, (inputs, index) => matmul(inputs, weights[index]))
}

function lossOf({ lossScale }: InnerNetwork, result: Tensor, v: Tensor): Tensor {
  return mul(sum(square(sub(result, v))), lossScale)
}

/** The gradient of the loss of all tokens together for the weights. */
export function weightGradient(network: InnerNetwork, weights: Weights, k: Tensor, v: Tensor): Weights {
  return grad((w: Weights) => lossOf(network, runWith(network, k, w), v))(weights)
}

/** x and δ of a layer, [B, H, C, …]: token t has the gradient x_tᵀ δ_t. */
export interface GradientParts {
  readonly x: Tensor
  readonly delta: Tensor
}

/** Of each layer, at the given weights. What is added to a layer's result has δ for its gradient. */
export function gradientParts(network: InnerNetwork, weights: Weights, k: Tensor, v: Tensor): GradientParts[] {
  const seen: Tensor[] = []
  const lead = k.shape.slice(0, -1)
  const deltas = grad((added: readonly Tensor[]) => {
    const result = runInner(network, k, (x, index) => {
      seen[index] = x
      return add(matmul(x, weights[index]), added[index])
    })
    return lossOf(network, result, v)
  })(network.widths.slice(1).map((width) => zeros([...lead, width])))
  return seen.map((x, index) => ({ x, delta: deltas[index] }))
}
