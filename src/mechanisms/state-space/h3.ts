/**
 * H3: two state spaces with products around them, so that a layer can compare tokens and recall what followed one.
 *
 *   q, k, v = u W_q, u W_k, u W_v,  k̄ = SSM_shift(k)     a learned convolution over the last `taps` tokens
 *   S_ij = SSM_diag(k̄_i v_j),  y_j = Σ_i q_i S_ij         for all pairs of the D channels of a head,  out = y W_o
 *
 * Fu et al. 2022, arXiv:2212.14052: section 3.2, algorithm 1; state passing is algorithm 2. The state of the shift is
 * its last inputs, so it is a convolution with a free kernel, which starts at 1/√taps of the authors' scale; the
 * diagonal one starts as S4D-Lin; both have a direct path. Forms: one Fourier convolution over the text; chunks that
 * hand the state on; the recurrence, which packed documents take too. State: [B, D², H, N] re and im, and the last taps
 * − 1 keys. Cost a layer: O(d D (T log T + T N)). Recipe: AdamW, rate 1e-3 at d = 256; D = 8 as in the larger models, 1
 * in the others; the hybrid has attention in its second and its middle layer (published checkpoints: after a third and
 * two thirds).
 */
import { z } from 'zod'
import {
  add,
  broadcastTo,
  mul,
  name,
  reshape,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '../../engine/index.js'
import { diagonalLayer } from '../../nn/diagonal-layer.js'
import type { Modes } from '../../nn/diagonal-state.js'
import { gaussian } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { type LinearSystem, runSystem } from '../../nn/linear-system.js'
import { longConvolution } from '../../nn/long-convolution.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import type { Timeline } from '../../nn/recurrence.js'
import { runSystemInChunks } from '../../nn/state-passing.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  headWidth: count.default(8).describe('D: channels of a head, all pairs of which have a state'),
  taps: count.default(64).describe('tokens that the shift sees, oneself included'),
  modes: count.default(32).describe('N: conjugate pairs of state of the diagonal state space'),
  smallestStep: positive.default(1e-3).describe('Δ starts log-uniform from this'),
  largestStep: positive.default(1e-1).describe('to this: about one over the length to remember'),
  chunk: powerOfTwo.default(256).describe('tokens of one convolution in the chunked form'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const parameters = (c: Config) => ({
  query: linear(c.dim, c.dim, { bias: c.bias }),
  key: linear(c.dim, c.dim, { bias: c.bias }),
  value: linear(c.dim, c.dim, { bias: c.bias }),
  shift: parameter([c.dim, c.taps], gaussian(c.taps ** -0.5)),
  direct: parameter([c.dim], gaussian(1)),
  diagonal: diagonalLayer(c.dim / c.headWidth, c),
  skip: parameter([c.dim / c.headWidth], gaussian(1)),
  output: linear(c.dim, c.dim, { bias: c.bias }),
})

type Projected = Readonly<Record<'q' | 'k' | 'v', Tensor>>
type Held = Readonly<Record<'re' | 'im' | 'past', Tensor>>
type Run = (system: LinearSystem<Modes>, u: Tensor, state: Modes, timeline: Timeline) => { y: Tensor; state: Modes }

function around(
  run: Run,
  { q, k, v }: Projected,
  { re, im, past }: Held,
  { p, config: { headWidth: D, taps, dim }, context }: Setting<Options, ReturnType<typeof parameters>>,
) {
  const [B, T] = q.shape
  const numbers = broadcastTo(unsqueeze(context.carriedDocument ?? zeros([B], 'i32'), 1), [B, taps - 1])
  const shifted = add(longConvolution(k, p.shift, { tokens: past, numbers }, context), mul(k, p.direct))
  const split = (t: Tensor) => transpose(reshape(t, [B, T, dim / D, D]), [0, 3, 1, 2])
  const pairs = mul(unsqueeze(split(name(shifted, 'shift')), 2), unsqueeze(split(v), 1))
  // Pairs are rows of a larger batch: they share the state space of their head.
  const u = reshape(pairs, [B * D * D, T, dim / D])
  const state = {
    re: reshape(re, [B * D * D, ...re.shape.slice(2)]),
    im: reshape(im, [B * D * D, ...im.shape.slice(2)]),
  }
  const everyPair = (t: Tensor | undefined) =>
    t && reshape(broadcastTo(unsqueeze(t, 1), [B, D * D, ...t.shape.slice(1)]), [B * D * D, ...t.shape.slice(1)])
  const documents = everyPair(context.documents)
  const { y, state: next } = run(p.diagonal, u, state, {
    documents,
    carriedDocument: everyPair(context.carriedDocument),
  })
  const remembered = reshape(add(y, mul(u, p.skip)), [B, D, D, T, dim / D])
  const read = sum(mul(unsqueeze(split(q), 2), remembered), 1)
  return {
    y: reshape(transpose(read, [0, 2, 3, 1]), [B, T, dim]),
    state: {
      re: reshape(next.re, re.shape),
      im: reshape(next.im!, im.shape),
      past: lookBack(k, past, [], context).past,
    },
  }
}

export const h3 = defineMixer({
  id: 'h3',
  family: 'state-space',
  citation: {
    title: 'Hungry Hungry Hippos: Towards Language Modeling with State Space Models',
    authors: 'Fu et al.',
    year: 2022,
    arxiv: '2212.14052',
    equations: 'section 3.2, algorithms 1 and 2',
  },
  summary: 'A shift and a diagonal state space with products around them: recall without attention.',
  config,
  causal: true,
  cost: 'quasilinear',

  validate(c: Config) {
    if (c.dim % c.headWidth !== 0)
      throw new UserError(`h3: headWidth must divide dim ${c.dim}, got ${c.headWidth} – use 1 or ${c.dim}`)
  },

  parameters,

  state(c: Config, { batch }) {
    const shape = [batch, c.headWidth ** 2, c.dim / c.headWidth, c.modes]
    const leaf = { shape, dtype: 'f32', change: 'replace' } as const
    return { re: leaf, im: leaf, past: pastTokens(batch, c.taps - 1, c.dim) }
  },

  project(p, x): Projected {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value])
    return { q, k, v }
  },

  parallel: (projected, state, setting) => around(runSystem, projected, state, setting),

  chunked(projected, state, setting) {
    const run: Run = (...given) => runSystemInChunks(...given, setting.config.chunk)
    return around(run, projected, state, setting)
  },

  output: (p, y) => p.output(y),
})
