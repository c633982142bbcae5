/**
 * Causal Fourier mixing (FNetAR): FNet's transform over features and positions, each position's sum ending with itself;
 * no parameters at all.
 *
 *   z_s = DFT over the features of x_s
 *   y_t = γ Re Σ_{s≤t} exp(−2πi · s t / N) z_s / √(d (t + 1))     N: `length`
 *
 * Lou et al. 2021, arXiv:2107.10932, after FNet (arXiv:2105.03824, eq. 3). Only the note's summary could be read, not its
 * layer's equation: this is FNet's matrix with the future masked, and both transforms unitary for the prefix, so that
 * early and late positions come out at one scale. γ fits that scale to a residual stream of embeddings of unit length,
 * which it would drown. There is no end: frequencies repeat after N positions.
 * Fast form: s t = (s² + t² − (t − s)²) / 2 turns the masked transform into a causal convolution with a chirp,
 * exp(πi lag² / N), between two products with chirps: O(T log T d) instead of O(T² d). State: the inputs of all tokens,
 * as each position asks another frequency of them. Recipe: half of a Transformer-XL's layers, every other one.
 */
import { z } from 'zod'
import {
  add,
  type Complex,
  cast,
  complex,
  complexMul,
  concat,
  cos,
  div,
  fft,
  iota,
  matmul,
  maximum,
  mod,
  mul,
  polar,
  sin,
  slice,
  split,
  sqrt,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { longConvolution } from '../../nn/long-convolution.js'
import { latestLast, numberCache, pastAndPresent, tokenCache } from '../../nn/token-cache.js'
import { documentNumbers } from '../../nn/window.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  length: count.default(512).describe('N: positions after which frequencies repeat'),
  scale: positive.default(0.125).describe('γ: what the sums count beside the features that they are added to'),
})
type Config = z.infer<typeof config> & Frame

/** exp(±πi p² / N) of positions [B, n], [B, n, 1]: the angle is reduced while it is a whole number. */
function turning(positions: Tensor, N: number, direction: 1 | -1): Complex {
  const p = mod(positions, 2 * N)
  return polar(1, unsqueeze(mul(cast(mod(mul(p, p), 2 * N), 'f32'), (direction * Math.PI) / N), 2))
}

/** The transform over features: [B, n, d] as complex numbers, over √d. */
function overFeatures(x: Tensor): Complex {
  const { re, im } = fft(complex(x))
  return { re: mul(re, x.shape[2] ** -0.5), im: mul(im, x.shape[2] ** -0.5) }
}

export const fourier = defineMixer({
  id: 'fourier',
  family: 'convolution',
  citation: {
    title: 'FNetAR: Mixing Tokens with Autoregressive Fourier Transforms',
    authors: 'Lou et al.',
    year: 2021,
    arxiv: '2107.10932',
    equations: 'FNet eq. 3 with the future masked',
  },
  summary: 'The discrete Fourier transform of every token’s own past in place of attention, without parameters.',
  config,
  causal: true,
  cost: 'quasilinear',
  parameters: (_: Config) => ({}),
  state: (c: Config, { batch, capacity }) => ({
    tokens: tokenCache(batch, capacity, c.dim),
    documents: numberCache(batch, capacity),
  }),

  project: (_, x) => ({ x }),

  parallel({ x }, { tokens, documents }, { config: c, context }) {
    const N = c.length
    const { places, visible } = pastAndPresent(documents, context)
    const own = slice(places, 1, places.shape[1] - x.shape[1])
    const turns = mod(mul(unsqueeze(own, 2), unsqueeze(places, 1)), N)
    const angle = mul(cast(turns, 'f32'), (2 * Math.PI) / N)
    const { re, im } = overFeatures(concat([latestLast(tokens), x], 1))
    const seen = (weights: Tensor) => where(visible, weights, 0)
    const y = add(matmul(seen(cos(angle)), re), matmul(seen(sin(angle)), im))
    return { y: mul(perPrefix(y, own), c.scale), state: { tokens: x, documents: documentNumbers(context) } }
  },

  chunked({ x }, { tokens, documents }, { config: c, context }) {
    const N = c.length
    const { places } = pastAndPresent(documents, context)
    const S = tokens.buffer.shape[1]
    const { re, im } = complexMul(turning(places, N, -1), overFeatures(concat([latestLast(tokens), x], 1)))
    const turned = concat([re, im], 2)
    const kernel = turning(unsqueeze(iota(S + x.shape[1]), 0), N, 1)
    const earlier = { tokens: slice(turned, 1, 0, S), numbers: latestLast(documents, -1) }
    const [byCos, bySin] = [kernel.re, kernel.im].map((weights) => {
      return split(longConvolution(slice(turned, 1, S), squeeze(weights, 2), earlier, context), 2, 2)
    })
    const own = slice(places, 1, S)
    const heard = { re: sub(byCos[0], bySin[1]), im: add(byCos[1], bySin[0]) }
    const y = complexMul(turning(own, N, -1), heard).re
    return { y: mul(perPrefix(y, own), c.scale), state: { tokens: x, documents: documentNumbers(context) } }
  },

  output: (_, y) => y,
})

/** y [B, T, d] over the root of how many tokens each sum has, at places [B, T]. */
function perPrefix(y: Tensor, places: Tensor): Tensor {
  return div(y, sqrt(unsqueeze(cast(add(maximum(places, 0), 1), 'f32'), 2)))
}
