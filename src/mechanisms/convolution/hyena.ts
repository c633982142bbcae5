/**
 * Hyena: long convolutions and elementwise gates in turn, where attention would look tokens up.
 *
 *   v, x¹, …, x^N = short convolutions of N + 1 maps of u
 *   z¹ = v,   z^{n+1} = x^n ∘ (h^n * z^n + D^n ∘ z^n)      h^n: a causal filter as long as the text
 *   h^n_t = (e^{−α t} + floor) · f(t)                      f: a network of the lag with sine activations
 *   y = z^{N+1} W_o
 *
 * Poli et al. 2023, arXiv:2302.10866: definition 3.1, filters section 3.3, eq. 7, window figure 3.1. The authors' code
 * has one long convolution less (N − 1 of them, and a product in the first one's place); here N, as the paper defines
 * it. Being functions of the lag, filters reach any distance; `length` is only their unit of time. Sines start at ω =
 * 1, the code's default: the 10 of its recall runs makes filters of noise, which learn recall several times more slowly
 * here. State: the inputs of all N convolutions, and the last tokens of the short ones. Cost a layer: O(N d T log T).
 * Forms: pairs of tokens (parallel) and Fourier transforms (chunked), whose rounding, about 1e-7 of the largest value,
 * reaches all positions. Recipe: AdamW, rate 6e-4 at d = 768, no weight decay on filters.
 */
import { z } from 'zod'
import { add, concat, mul, name, slice, split, type Tensor } from '../../engine/index.js'
import { implicitFilter } from '../../nn/implicit-filter.js'
import { gaussian } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { cachedTokens, longConvolution, longConvolutionByPairs } from '../../nn/long-convolution.js'
import { parameter } from '../../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { numberCache, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { defineMixer, type Frame, type Setting, type StateIn, type StateSize } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  order: count.max(8).default(2).describe('N: long convolutions, each followed by a gate'),
  convolution: count.default(3).describe('tokens of the short convolutions'),
  length: count.default(1024).describe('tokens that the filters take as one unit of time; not a limit'),
  bands: count.default(8).describe('pairs of sine and cosine of the lag that the filters’ network sees'),
  filterWidth: count.default(64).describe('hidden numbers in the filters’ network'),
  filterLayers: z.number().int().min(0).max(4).default(2).describe('its layers after the first'),
  frequency: positive.default(1).describe('of its sine activations at the start'),
  floor: z.number().min(0).default(0.05).describe('what the filters’ decaying window is added to'),
})
type Own = z.infer<typeof config>
type Config = Own & Frame

const parameters = (c: Config) => ({
  input: linear(c.dim, (c.order + 1) * c.dim, { bias: c.bias }),
  convolution: shortConvolution((c.order + 1) * c.dim, c.convolution),
  filter: implicitFilter(c.order * c.dim, { ...c, width: c.filterWidth, layers: c.filterLayers }),
  skip: parameter([c.order, c.dim], gaussian(1), { decay: false }),
  output: linear(c.dim, c.dim, { bias: c.bias }),
})

const state = (c: Config, { batch, capacity }: StateSize) => ({
  tokens: tokenCache(batch, capacity, c.order * c.dim),
  documents: numberCache(batch, capacity),
  past: shortConvolutionState(batch, c.convolution, (c.order + 1) * c.dim),
})

type Run = Setting<Own, ReturnType<typeof parameters>>

function run(
  convolve: typeof longConvolution,
  u: Tensor,
  before: StateIn<ReturnType<typeof state>>,
  { p, config: { order, dim }, context }: Run,
) {
  const { y: mixed, past } = p.convolution(u, before.past, context)
  const [v, ...gates] = split(mixed, order + 1, -1)
  const { tokens, numbers } = cachedTokens(before.tokens, before.documents)
  const kernels = name(p.filter(tokens.shape[1] + u.shape[1]), 'filter')
  const inputs: Tensor[] = []
  const y = gates.reduce((input, gate, n) => {
    const [from, to] = [n * dim, (n + 1) * dim]
    const earlier = { tokens: slice(tokens, 2, from, to), numbers }
    inputs.push(input)
    const heard = convolve(input, slice(kernels, 0, from, to), earlier, context)
    return mul(gate, add(heard, mul(input, slice(p.skip, 0, n, n + 1))))
  }, v)
  return { y, state: { tokens: concat(inputs, 2), documents: documentNumbers(context), past } }
}

export const hyena = defineMixer({
  id: 'hyena',
  family: 'convolution',
  citation: {
    title: 'Hyena Hierarchy: Towards Larger Convolutional Language Models',
    authors: 'Poli et al.',
    year: 2023,
    arxiv: '2302.10866',
    equations: 'definition 3.1, section 3.3, 7',
  },
  summary: 'Long convolutions, their filters computed from the lag, alternate with gates by the input.',
  config,
  causal: true,
  cost: 'quasilinear',
  parameters,
  state,
  project: (p, x) => ({ u: p.input(x) }),
  parallel: ({ u }, before, at) => run(longConvolutionByPairs, u, before, at),
  chunked: ({ u }, before, at) => run(longConvolution, u, before, at),
  step: ({ u }, before, at) => run(longConvolution, u, before, at),
  output: (p, y) => p.output(y),
})
