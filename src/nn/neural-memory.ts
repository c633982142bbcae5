/**
 * The long-term memory of Titans: an inner network that takes a step with momentum and forgetting for every token.
 *
 *   S_t = η_t S_{t−1} − θ_t ∇‖M(k_t) − v_t‖²,  M_t = (1 − α_t) M_{t−1} + S_t
 *   η_t = sigmoid(x_t w_η),  θ_t = θ sigmoid(x_t w_θ),  α_t = sigmoid(x_t w_α − 5)    a number a head
 *
 * q, k and v are linear maps through a short convolution and SiLU; q and k have unit length. v is normed as well, which
 * the paper does not say: where steps are far larger than the weights they change, the gradients that follow are what
 * cancellation leaves.
 */
import {
  concat,
  logSigmoid,
  mul,
  name,
  reshape,
  rmsNorm,
  sigmoid,
  silu,
  split,
  sub,
  type Tensor,
  unitNorm,
  unsqueeze,
} from '../engine/index.js'
import { fanIn } from './initializers.js'
import { type InnerNetwork, innerNetwork } from './inner-network.js'
import { applyTogether, linear } from './layers.js'
import { type MomentumSteps, momentumDescent } from './learning-rules.js'
import { type Bound, layer } from './parameter.js'
import type { Timeline } from './recurrence.js'
import { shortConvolution, shortConvolutionState } from './short-convolution.js'
import { type Learning, type Lesson, learnedState } from './test-time-learning.js'

/** Tokens that the convolution sees. */
const taps = 4
/** Of the forget gate: at first 1 in 150 is forgotten a token. */
const offset = 5

export interface MemorySizes {
  readonly dim: number
  readonly heads: number
  readonly bias: boolean
  /** Layers of the network: one is a matrix, more are an MLP with a residual and a norm around it. */
  readonly depth: number
  /** Tokens of a mini-batch. */
  readonly batch: number
  /** θ: the largest step. */
  readonly rate: number
}

function shapeOf({ dim, heads, bias, depth }: MemorySizes) {
  const width = dim / heads
  const widths = [width, ...new Array<number>(depth - 1).fill(4 * width), width]
  return { heads, widths, bias, residual: depth > 1, lossScale: 1 }
}

export interface NeuralMemory {
  /** What of x [B, T, dim] does not hang on earlier tokens. */
  features(x: Tensor): MemoryFeatures
  /** Queries, keys and values from what the convolution gives, or from `mixed` itself: [B, T, H, D]. */
  vectors(mixed: Tensor): Record<'q' | 'k' | 'v', Tensor>
  /** Queries alone, without a convolution. */
  queries(x: Tensor): Tensor
  /** The lesson of the features and the tokens before them, and the next such tokens. */
  lesson(features: MemoryFeatures, past: Tensor, timeline: Timeline): { lesson: Lesson<MomentumSteps>; past: Tensor }
  readonly learning: Learning<MomentumSteps>
}

export interface MemoryFeatures {
  /** Queries, keys and values before the convolution, [B, T, 3 dim]. */
  readonly mixed: Tensor
  readonly steps: MomentumSteps
}

export function neuralMemory(sizes: MemorySizes, { convolution = true } = {}) {
  const { dim, heads, bias, batch, rate } = sizes
  const map = () => linear(dim, dim, { bias })
  const gate = () => linear(dim, heads)
  const parameters = {
    query: map(),
    key: map(),
    value: map(),
    convolution: convolution ? shortConvolution(3 * dim, taps, { bias }) : undefined,
    step: gate(),
    momentum: gate(),
    forget: gate(),
    inner: innerNetwork(shapeOf(sizes), fanIn),
  }
  const byHead = (x: Tensor) => reshape(x, [x.shape[0], x.shape[1], heads, dim / heads])
  const vectors = (mixed: Tensor) => {
    const [q, k, v] = split(silu(mixed), 3, 2).map(byHead)
    return { q: unitNorm(q), k: unitNorm(k), v: rmsNorm(v, 1) }
  }
  return layer(
    parameters,
    (p: Bound<typeof parameters>): NeuralMemory => ({
      features(x) {
        const maps = [p.query, p.key, p.value]
        // Where queries are asked for alone too, their map would be kept twice when joined.
        const mixed = concat(convolution ? applyTogether(x, maps) : maps.map((map) => map(x)), 2)
        const [step, momentum, forget] = applyTogether(x, [p.step, p.momentum, p.forget]).map((t) => unsqueeze(t, 3))
        const steps = {
          rate: name(mul(sigmoid(step), rate), 'rate'),
          logMomentum: name(logSigmoid(momentum), 'momentum'),
          logKept: name(logSigmoid(sub(offset, forget)), 'decay'),
        }
        return { mixed, steps }
      },
      vectors,
      queries: (x) => unitNorm(silu(byHead(p.query(x)))),
      lesson({ mixed, steps }, past, timeline) {
        const { y, past: next } = p.convolution!(mixed, past, timeline)
        return { lesson: { ...vectors(y), at: steps }, past: next }
      },
      learning: { network: p.inner as InnerNetwork, rule: momentumDescent, size: batch },
    }),
  )
}

/** Weights and momentum. */
export const memoryWeights = (batch: number, sizes: MemorySizes) =>
  learnedState(momentumDescent.sets, shapeOf(sizes), batch)

/** The same, and the last tokens of the convolution. */
export const neuralMemoryState = (batch: number, sizes: MemorySizes) => ({
  ...memoryWeights(batch, sizes),
  past: shortConvolutionState(batch, taps, 3 * sizes.dim),
})
