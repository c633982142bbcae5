/**
 * Long convolutions: a kernel as long as the longest text is learned number by number, and kept sparse by squashing.
 *
 *   k̄ = sign(k) max(|k| − λ, 0)                 squash: small values are none
 *   y = GLU(gelu(k̄ * u + D ∘ u))                each channel by itself
 *
 * Fu et al. 2023, arXiv:2302.06646: section 3.1 (squash, initialisation), block as in S4. k starts as noise, plain or
 * decaying with the lag at a rate that grows over the channels (the authors' code). Where |k| < λ no gradient reaches k;
 * λ below the starting values lets most begin. The published block butterfly is what the engine's transforms are: two
 * factors of the Fourier matrix as matrix products. State: all tokens; beyond the last `length` they weigh nothing.
 * Cost a layer: O(d T log T). Recipe: AdamW, rate 1e-3 at d = 256, no weight decay on k, λ about 1e-3.
 */
import { z } from 'zod'
import { abs, type Cache, maximum, mul, name, sign, sub, type Tensor } from '../../engine/index.js'
import { gaussian, type Initializer } from '../../nn/initializers.js'
import { cachedTokens, longConvolution, longConvolutionByPairs } from '../../nn/long-convolution.js'
import { parameter } from '../../nn/parameter.js'
import { stateSpaceOutput } from '../../nn/state-space-layer.js'
import { numberCache, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count } from '../settings.js'

const config = z.object({
  length: count.default(1024).describe('lags that the kernel has: older tokens weigh nothing'),
  squash: z.number().min(0).default(1e-3).describe('λ: kernel values below it count as 0'),
  start: z.enum(['decaying', 'random']).default('decaying').describe('noise at the start, fading with the lag or not'),
})
type Config = z.infer<typeof config> & Frame

/** Deviation 0.002, or 0.02 fading as exp(−(lag / length) (d/2)^{channel/d}): from the authors' code. */
const startingKernel =
  ({ start, dim, length }: Config): Initializer =>
  (shape, random) => {
    if (start === 'random') return gaussian(0.002)(shape, random)
    return gaussian(0.02)(shape, random).map((value, index) => {
      const rate = Math.max(1, dim / 2) ** (Math.floor(index / length) / dim)
      return value * Math.exp((-(index % length) / length) * rate)
    })
  }

/** sign(k) max(|k| − λ, 0). */
const squashed = (kernel: Tensor, by: number) => mul(sign(kernel), maximum(sub(abs(kernel), by), 0))

export const longConv = defineMixer({
  id: 'long-conv',
  family: 'convolution',
  citation: {
    title: 'Simple Hardware-Efficient Long Convolutions for Sequence Modeling',
    authors: 'Fu et al.',
    year: 2023,
    arxiv: '2302.06646',
    equations: 'section 3.1',
  },
  summary: 'A convolution as long as the text whose kernel is learned directly, small values squashed to zero.',
  config,
  causal: true,
  cost: 'quasilinear',

  parameters: (c: Config) => ({
    kernel: parameter([c.dim, c.length], startingKernel(c), { decay: false }),
    output: stateSpaceOutput(c.dim, c.bias),
  }),

  state: (c: Config, { batch, capacity }) => ({
    tokens: tokenCache(batch, capacity, c.dim),
    documents: numberCache(batch, capacity),
  }),

  project: (p, x, { config: c }) => ({ x, kernel: name(squashed(p.kernel, c.squash), 'kernel') }),

  parallel: (inputs, state, { context }) => run(longConvolutionByPairs, inputs, state, context),
  chunked: (inputs, state, { context }) => run(longConvolution, inputs, state, context),
  step: (inputs, state, { context }) => run(longConvolution, inputs, state, context),

  output: (p, y, { x }) => p.output(y, x),
})

function run(
  convolve: typeof longConvolution,
  { x, kernel }: { x: Tensor; kernel: Tensor },
  { tokens, documents }: { tokens: Cache; documents: Cache },
  context: Context,
) {
  return {
    y: convolve(x, kernel, cachedTokens(tokens, documents), context),
    state: { tokens: x, documents: documentNumbers(context) },
  }
}
