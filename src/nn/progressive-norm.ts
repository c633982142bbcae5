/**
 * PRepBN: a norm that is LayerNorm when training begins and a batch norm when it ends, and then no norm at all, because
 * what scales and shifts each channel by constants belongs to the linear map behind it.
 *
 *   λ · LayerNorm(x) + (1 − λ) · (BatchNorm(x) + η ∘ x),   λ falls from 1 to 0 as training goes on
 *
 * Guo et al. 2024, arXiv:2405.11582, section 3.2. The statistics of a batch are given and returned, never kept: whoever
 * trains holds their running averages, which lie outside of the gradient.
 */
import { add, layerNorm, matmul, mean, mul, reshape, rsqrt, square, sub, type Tensor } from '../engine/index.js'
import { one, zero } from './initializers.js'
import { type Bound, parameter } from './parameter.js'

/** Of each channel over a batch and its positions, [C]. */
export interface BatchStatistics {
  readonly mean: Tensor
  readonly variance: Tensor
}

/** Scales and shifts of both norms, and η, which starts at 1. */
export function progressiveNormParameters(width: number) {
  return {
    layer: { scale: parameter([width], one), shift: parameter([width], zero) },
    batch: { scale: parameter([width], one), shift: parameter([width], zero), eta: parameter([width], one) },
  }
}
type Parts = Bound<ReturnType<typeof progressiveNormParameters>>

const epsilon = 1e-5

/** Mean and variance of the channels of x […, C]. */
export function batchStatistics(x: Tensor): BatchStatistics {
  const rows = reshape(x, [-1, x.shape[x.rank - 1]])
  const average = mean(rows, 0)
  return { mean: average, variance: mean(square(sub(rows, average)), 0) }
}

/** The norm of x […, C] at λ, a scalar, with the statistics of its batch in training and their averages afterwards. */
export function progressiveNorm(
  x: Tensor,
  { layer, batch }: Parts,
  lambda: Tensor,
  statistics: BatchStatistics,
): Tensor {
  const { scale, shift } = batchNormAsMap(batch, statistics)
  const byBatch = add(mul(x, scale), shift)
  return add(byBatch, mul(lambda, sub(layerNorm(x, layer.scale, layer.shift, epsilon), byBatch)))
}

/** BatchNorm(x) + η ∘ x as scale ∘ x + shift. */
function batchNormAsMap({ scale, shift, eta }: Parts['batch'], { mean: average, variance }: BatchStatistics) {
  const perDeviation = mul(scale, rsqrt(add(variance, epsilon)))
  return { scale: add(perDeviation, eta), shift: sub(shift, mul(perDeviation, average)) }
}

/** Weight [C, D] and bias [D] of a linear map that has the norm before it, at λ = 0, taken in. */
export function withNormFolded(
  { weight, bias }: { readonly weight: Tensor; readonly bias: Tensor },
  { batch }: Parts,
  statistics: BatchStatistics,
) {
  const { scale, shift } = batchNormAsMap(batch, statistics)
  const moved = reshape(matmul(reshape(shift, [1, -1]), weight), [-1])
  return { weight: mul(weight, reshape(scale, [-1, 1])), bias: add(bias, moved) }
}
