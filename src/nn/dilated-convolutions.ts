/**
 * Dilated causal convolutions one upon the other, each added to what it saw: h ← h + silu(Σ_{j<K} h_{t−jd} W_j + b),
 * d a power of `growth` from level to level. A token sees 1 + Σ (K − 1) d tokens. Bai et al. 2018, arXiv:1803.01271,
 * section 3.2, with one convolution a block.
 */
import { add, concat, silu, slice, type Tensor } from '../engine/index.js'
import { linear } from './layers.js'
import { lookBack, pastTokens } from './look-back.js'
import { type Layer, layer } from './parameter.js'
import type { Timeline } from './recurrence.js'

export interface Dilations {
  /** K: tokens that a kernel sees. */
  readonly taps: number
  readonly levels: number
  readonly growth: number
}

/** How far back the kernel of each level reaches. */
const reaches = ({ taps, levels, growth }: Dilations) =>
  Array.from({ length: levels }, (_, level) => (taps - 1) * growth ** level)

/** x [B, T, C] and the inputs of all levels before it, level after level, to the last level and the next such inputs. */
export type DilatedConvolutions = (x: Tensor, past: Tensor, timeline: Timeline) => { y: Tensor; past: Tensor }

export function dilatedConvolutions(width: number, dilations: Dilations, bias: boolean): Layer<DilatedConvolutions> {
  const { taps, growth } = dilations
  const reach = reaches(dilations)
  const kernels = reach.map(() => linear(taps * width, width, { bias }))
  return layer(kernels, (convolve) => (x, past, timeline) => {
    let [h, from] = [x, 0]
    const next = reach.map((count, level) => {
      const distances = Array.from({ length: taps }, (_, tap) => tap * growth ** level)
      const held = slice(past, 1, from, from + count)
      const { seen, past: kept } = lookBack(h, held, distances, timeline)
      h = add(h, silu(convolve[level](concat(seen, 2))))
      from += count
      return kept
    })
    return { y: h, past: concat(next, 1) }
  })
}

/** Σ (K − 1) d: tokens that a token sees before itself. */
export const tokensSeenBefore = (dilations: Dilations) => reaches(dilations).reduce((a, b) => a + b)

/** One leaf for the inputs of all levels. */
export const dilatedConvolutionsState = (batch: number, width: number, dilations: Dilations) =>
  pastTokens(batch, tokensSeenBefore(dilations), width)
