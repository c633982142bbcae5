/**
 * A linear-attention mixer with a local branch: a depthwise convolution of its values that sees the past alone, added to
 * what the mixer read, behind its norm and in front of its output map W_o,
 *   y_t = output(o_t) + W_o Σ_{j < taps} w_j ∘ v_{t−j}
 * You et al. 2024, arXiv:2406.07368, figure 5: a kernel centred on its token, which linear attention of images has, leaks
 * the next tokens, so its half that looks ahead is masked, here left out. The text says depthwise; the authors’ code shares
 * a kernel among the channels of a head (LLaMA) or among all (FLASH), of 63 taps, of which the mask leaves 32. It adds the
 * branch behind the norm, where there is one: in front, a state that grows with the text drowns it (NormAttention then
 * gains 0.005 nats in the demonstration, behind it 0.36). FLASH’s gate comes after the branch; here the branch
 * passes gates by. Cost a token: a further product with W_o.
 */
import type { z } from 'zod'
import { add, concat, matmul, split, type Tensor } from '../engine/index.js'
import { mergeHeads, splitHeads } from '../nn/heads.js'
import type { Linear } from '../nn/layers.js'
import type { Layer, ParameterTree } from '../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../nn/short-convolution.js'
import { defineMixer, type Frame, type Mixer, type StateSpec } from './mixer.js'
import { count } from './settings.js'

type Named = Pick<Mixer, 'id'> & Partial<Pick<Mixer, 'citation' | 'summary'>>

interface Options<C> extends Named {
  /** Width of all heads' values together; the model's by default. */
  readonly width?: (config: C & Frame) => number
}

const taps = count.default(8).describe('tokens that the convolution of the values reaches')

interface Maps {
  readonly output: Layer<Linear>
  readonly [key: string]: ParameterTree | undefined
}

/**
 * The mixer with the convolution as its own, state included. It must project to values `v` [B, H, T, V], read results of
 * that shape, and end in a linear map `output`; with a kernel of zeros it is the mixer itself.
 */
export function augmented<C, P extends Maps, Q extends { v: Tensor }, S extends StateSpec>(
  mixer: Mixer<C, P, Q, S>,
  { width = ({ dim }) => dim, ...named }: Options<C>,
) {
  type Augmented = C & { taps: number }
  type Parameters = P & { local: ReturnType<typeof shortConvolution> }
  type State = StateSpec & { readonly recentValues: ReturnType<typeof shortConvolutionState> }
  type Inner = Mixer<Augmented, Parameters, Q, StateSpec>
  type Outer = Mixer<Augmented, Parameters, Q, State>

  const withLocal = (form: Inner['parallel'] | undefined): Outer['parallel'] | undefined =>
    form &&
    ((projected, { recentValues, ...before }, setting) => {
      const { y, state, ...rest } = form(projected, before, setting)
      const local = setting.p.local(mergeHeads(projected.v), recentValues, setting.context)
      const both = concat([y, splitHeads(local.y, y.shape[1])], 3)
      return { ...rest, y: both, state: { ...state, recentValues: local.past } }
    })
  const inner = mixer as unknown as Inner

  return defineMixer<Augmented, Parameters, Q, State>({
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
    output(p, y, projected, setting) {
      const [read, local] = split(y, 2, 3)
      const { weight } = (p.output as Linear).parts
      return add(inner.output(p, read, projected, setting), matmul(mergeHeads(local), weight))
    },
  })
}
