/**
 * The short causal convolution in front of a recurrence: each channel by itself, over the last few tokens of the
 * document, y_t = Σ_j w_j ∘ x_{t−j} + b. State: the last taps − 1 tokens.
 */
import { add, mul, reshape, slice, type Tensor } from '../engine/index.js'
import { fanIn, zero } from './initializers.js'
import { lookBack, pastTokens } from './look-back.js'
import { type Layer, layer, parameter } from './parameter.js'
import type { Timeline } from './recurrence.js'

/** x [B, T, C] and the tokens before it [B, taps − 1, C] to y [B, T, C] and the next such tokens. */
export type ShortConvolution = (x: Tensor, past: Tensor, timeline: Timeline) => { y: Tensor; past: Tensor }

export function shortConvolution(
  width: number,
  taps: number,
  { bias = true }: { bias?: boolean } = {},
): Layer<ShortConvolution> {
  const parameters = {
    kernel: parameter([taps, width], fanIn(taps)),
    bias: bias ? parameter([width], zero) : undefined,
  }
  return layer(parameters, ({ kernel, bias: offset }) => (x, past, timeline) => {
    const distances = Array.from({ length: taps }, (_, distance) => distance)
    const { seen, past: next } = lookBack(x, past, distances, timeline)
    const weighted = seen.map((token, j) => mul(token, reshape(slice(kernel, 0, j, j + 1), [width])))
    const y = weighted.reduce((a, b) => add(a, b))
    return { y: offset ? add(y, offset) : y, past: next }
  })
}

export const shortConvolutionState = (batch: number, taps: number, width: number) => pastTokens(batch, taps - 1, width)
