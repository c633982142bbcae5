/**
 * TTT: the state is the weights of a small network, which takes a gradient step for each mini-batch of tokens.
 *
 *   f(x; W) = x + norm(W x), or the same with an MLP of width 4 D and GELU     W [B, H, D, D], or both its matrices
 *   ℓ_t(W) = ½ ‖f(k_t; W) − v_t‖²,  η_t = η sigmoid(x_t θ) / D                  η = 1, for the MLP 0.1
 *   W_t = W' − i_t Σ_{s ≤ t of t's mini-batch} η_s ∇ℓ_s(W')                     W' before the mini-batch, first learned
 *   y_t = norm(f(q_t; W_t)) W_o,  i_t = max(0, 1 / (1 + t's place in its mini-batch) + learned)
 *
 * Sun et al. 2024, arXiv:2407.04620: steps section 2.1, views q, k and v section 2.3, mini-batches section 2.4, dual form
 * section 2.5, f and η section 2.7. In the Mamba backbone, the paper's own choice, q and k are two short convolutions of
 * one map, and a GELU gate multiplies what comes out. ½ in the loss, η over D and i_t are the authors' code's; the paper
 * has none of them. Rotation by place in the mini-batch, which their code has and the paper does not, is left out.
 * State: W', the sum Σ η ∇ℓ of the mini-batch, the convolutions' tokens; constant in T. Cost a layer: O(T (C + D) D) a
 * head for mini-batches of C tokens; packed documents go token by token. Recipe: AdamW, rate 2e-3 at d = 64.
 */
import { z } from 'zod'
import {
  add,
  cast,
  gather,
  gelu,
  iota,
  maximum,
  mod,
  mul,
  name,
  reciprocal,
  reshape,
  sigmoid,
  slice,
  type Tensor,
  unsqueeze,
} from '../../engine/index.js'
import { gaussian, zero } from '../../nn/initializers.js'
import { innerNetwork } from '../../nn/inner-network.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { type DescentSteps, descent, descentSets } from '../../nn/learning-rules.js'
import { parameter } from '../../nn/parameter.js'
import { shortConvolution, shortConvolutionState } from '../../nn/short-convolution.js'
import { learnByToken, learnedState, learnInWindows, learnOne } from '../../nn/test-time-learning.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, positive } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  inner: z.enum(['linear', 'mlp']).default('linear').describe('the network whose weights are the state'),
  backbone: z
    .enum(['mamba', 'transformer'])
    .default('mamba')
    .describe('with short convolutions and a gate, or without'),
  batch: count.default(16).describe('C: tokens of a mini-batch'),
  rate: positive.optional().describe('η: the largest step; 1 for the linear network, 0.1 for the MLP'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const taps = (c: Config) => (c.backbone === 'mamba' ? 4 : 1)

function network(c: Config) {
  const { heads, width } = headsOf('ttt', c)
  const widths = c.inner === 'mlp' ? [width, 4 * width, width] : [width, width]
  return { heads, widths, bias: c.bias, residual: true, lossScale: 0.5 }
}

const parameters = (c: Config) => {
  const map = () => linear(c.dim, c.dim, { bias: c.bias })
  const convolution = () => (taps(c) > 1 ? shortConvolution(c.dim, taps(c), { bias: c.bias }) : undefined)
  return {
    query: map(),
    key: taps(c) > 1 ? undefined : map(),
    value: map(),
    gate: taps(c) > 1 ? map() : undefined,
    queryConvolution: convolution(),
    keyConvolution: convolution(),
    rate: linear(c.dim, c.heads, { initial: gaussian(0.02) }),
    index: parameter([c.batch], zero),
    inner: innerNetwork(network(c), () => gaussian(0.02)),
    norm: norm('layer', c.dim),
    output: map(),
  }
}

type Parameters = ReturnType<typeof parameters>
type Features = Readonly<Record<'query' | 'key' | 'v' | 'rate', Tensor>> & { readonly gate?: Tensor }

const around =
  (learn: typeof learnByToken<DescentSteps>) =>
  (
    { query, key, v, rate }: Features,
    { past, ...state }: Readonly<Record<string, Tensor>>,
    { p, config: c, context }: Setting<Options, Parameters>,
  ) => {
    const [B, T] = query.shape
    const heads = (x: Tensor) => reshape(x, [B, T, c.heads, -1])
    const q = p.queryConvolution?.(query, past, context)
    const k = p.keyConvolution?.(key, past, context)
    const factors = maximum(add(reciprocal(cast(add(iota(c.batch), 1), 'f32')), p.index), 0)
    const index = reshape(gather(factors, mod(context.positions, c.batch), 0), [B, T, 1, 1])
    const { y, state: next } = learn(
      { network: p.inner, rule: descent(slice(factors, 0, -1)), size: c.batch },
      { q: heads(q?.y ?? query), k: heads(k?.y ?? key), v: heads(v), at: { rate: unsqueeze(rate, 3), index } },
      state,
      context,
    )
    return { y: reshape(y, [B, T, c.dim]), state: { ...next, past: q?.past ?? past } }
  }

const forms = { parallel: around(learnByToken), chunked: around(learnInWindows), step: around(learnOne) }

export const ttt = defineMixer({
  id: 'ttt',
  family: 'recurrent',
  citation: {
    title: 'Learning to (Learn at Test Time): RNNs with Expressive Hidden States',
    authors: 'Sun et al.',
    year: 2024,
    arxiv: '2407.04620',
    equations: 'section 2.1, section 2.3 to 2.7',
  },
  summary: 'The state is the weights of a small network, trained on the tokens as they come.',
  config,
  causal: true,

  validate: (c: Config) => void headsOf('ttt', c),

  parameters,

  state: (c: Config, { batch }) => ({
    ...learnedState(descentSets, network(c), batch),
    past: shortConvolutionState(batch, taps(c), c.dim),
  }),

  project(p, x, { config: c }) {
    const maps = [p.query, p.value, p.key, p.gate].filter((map) => map !== undefined)
    const [query, v, ...rest] = applyTogether(x, maps)
    const largest = (c.rate ?? (c.inner === 'mlp' ? 0.1 : 1)) / (c.dim / c.heads)
    const rate = name(mul(sigmoid(p.rate(x)), largest), 'rate')
    return p.key ? { query, key: rest[0], v, rate } : { query, key: query, v, rate, gate: gelu(rest[0]) }
  },

  parallel: (projected, state, setting) => forms.parallel(projected, state, setting),
  chunked: (projected, state, setting) => forms.chunked(projected, state, setting),
  step: (projected, state, setting) => forms.step(projected, state, setting),

  output(p, y, { gate }) {
    const normed = p.norm(y)
    return p.output(gate ? mul(gate, normed) : normed)
  },
})
