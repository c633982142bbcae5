/**
 * A linear-attention mixer with a local branch: a depthwise convolution of its values that sees the past alone, added to
 * what the mixer reads before its norm, gate and output map,
 *   y_t = o_t + Σ_{j < taps} w_j ∘ v_{t−j}
 * You et al. 2024, arXiv:2406.07368, section 4.1: a kernel centred on its token, which linear attention of images has,
 * leaks the next tokens, so its half that looks ahead is masked, here left out. The text says depthwise; the authors’ code
 * shares a kernel among the channels of a head (LLaMA) or among all (FLASH), of 63 taps, of which the mask leaves 32.
 */
import type { z } from 'zod'
import { add, type Tensor } from '../engine/index.js'
import { mergeHeads, splitHeads } from '../nn/heads.js'
import type { ParameterTree } from '../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../nn/short-convolution.js'
import { defineMixer, type Frame, type Mixer, type StateSpec } from './mixer.js'
import { count } from './settings.js'

type Named = Pick<Mixer, 'id'> & Partial<Pick<Mixer, 'citation' | 'summary'>>

interface Options<C> extends Named {
  /** Width of all heads' values together; the model's by default. */
  readonly width?: (config: C & Frame) => number
}

const taps = count.default(8).describe('tokens that the convolution of the values reaches')

/**
 * The mixer with the convolution as its own, state included. It must project to values `v` [B, H, T, V] and read results
 * of that shape; with a kernel of zeros it is the mixer itself.
 */
export function augmented<C, P extends { readonly [key: string]: ParameterTree | undefined }, Q extends { v: Tensor }>(
  mixer: Mixer<C, P, Q, any>,
  { width = ({ dim }) => dim, ...named }: Options<C>,
) {
  type Augmented = C & { taps: number }
  type Parameters = P & { local: ReturnType<typeof shortConvolution> }
  type Forms = Mixer<Augmented, Parameters, Q, any>

  const withLocal = (form: Forms['parallel'] | undefined): Forms['parallel'] | undefined =>
    form &&
    ((projected, { recentValues, ...before }, setting) => {
      const { y, state, ...rest } = form(projected, before, setting)
      const local = setting.p.local(mergeHeads(projected.v), recentValues as Tensor, setting.context)
      return { ...rest, y: add(y, splitHeads(local.y, y.shape[1])), state: { ...state, recentValues: local.past } }
    })
  const inner = mixer as unknown as Forms

  return defineMixer<Augmented, Parameters, Q, StateSpec>({
    ...inner,
    ...named,
    config: (mixer.config as unknown as z.ZodObject).extend({ taps }) as unknown as z.ZodType<Augmented>,
    parameters: (c) => ({ ...mixer.parameters(c), local: shortConvolution(width(c), c.taps, { bias: false }) }),
    state: (c, size) => ({
      ...mixer.state(c, size),
      recentValues: shortConvolutionState(size.batch, c.taps, width(c)),
    }),
    parallel: withLocal(inner.parallel)!,
    chunked: withLocal(inner.chunked),
    step: withLocal(inner.step),
  })
}
