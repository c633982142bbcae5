/**
 * RWKV-6 (Finch): a matrix state whose decays, and how far each token is mixed with the one before, the input decides.
 *
 *   mix_□(x_t) = x_t + (x_{t−1} − x_t) ∘ (λ_□ + tanh((x_t + (x_{t−1} − x_t) ∘ μ) A_□) B_□)   □ of r, k, v, g, w
 *   w_t = exp(−exp(λ_d + tanh(mix_w A_d) B_d))                     what is kept, per key channel
 *   o_t = (S_{t−1} + diag(u) k_t v_tᵀ)ᵀ r_t,  S_t = diag(w_t) S_{t−1} + k_t v_tᵀ
 *   y_t = (swish(mix_g W_g) ∘ norm(o_t)) W_o                       each head normalised by itself
 *   state S [B, H, K, V] and the last token [B, 1, d], constant in T
 *
 * Peng et al. 2024, arXiv:2404.05892, Finch's token shift, decay and time mixing. An exponent above 10 counts as 10:
 * exp(−exp(10)) is 0 in any number format. Heads are divided by 8 before their norm, the authors' ε of 64e-5. Starting
 * values as theirs for a middle layer. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 6e-4 at
 * d = 256, heads of 64.
 */
import { z } from 'zod'
import {
  add,
  exp,
  matmul,
  minimum,
  mul,
  name,
  neg,
  reshape,
  silu,
  split,
  sub,
  type Tensor,
  tanh,
} from '../../engine/index.js'
import { bonusChunked, bonusParallel, bonusStep } from '../../nn/bonus.js'
import { matrixMemory } from '../../nn/decay.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { alongChannels, uniformBetween, zero } from '../../nn/initializers.js'
import { linear, norm } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import { defineMixer, type Frame, type Setting, type StateIn } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  mixRank: count.default(32).describe('rank of the maps that decide how tokens are mixed'),
  decayRank: count.default(64).describe('rank of the map that decides decays'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const channels = ({ dim }: Config, value: (part: number, channel: number) => number) =>
  parameter([dim], alongChannels(value))
const small = uniformBetween(-0.01, 0.01)
/** How much each channel sees of the token before, at the start: for r, k, v, g and w. */
const starts = [
  (part: number) => 1 - part ** 0.25,
  (part: number) => 1 - part ** 0.5,
  (part: number) => 0.85 - part ** 0.5,
  (part: number) => 1 - part ** 0.25,
  (part: number) => 1 - part ** 0.5,
]

const parameters = (c: Config) => ({
  shift: channels(c, (part) => 1 - part ** 0.5),
  mixDown: parameter([c.dim, starts.length * c.mixRank], zero),
  mixUp: starts.map(() => parameter([c.mixRank, c.dim], small)),
  mixShift: starts.map((start) => channels(c, start)),
  receptance: linear(c.dim, c.dim, { bias: c.bias }),
  key: linear(c.dim, c.dim, { bias: c.bias }),
  value: linear(c.dim, c.dim, { bias: c.bias }),
  gate: linear(c.dim, c.dim, { bias: c.bias }),
  decayOffset: channels(c, (part) => 5 * part ** 1.35 - 6),
  decayDown: parameter([c.dim, c.decayRank], zero),
  decayUp: parameter([c.decayRank, c.dim], small),
  bonus: channels(c, (part, channel) => (1 - part) / 2 + 0.1 * (((channel + 1) % 3) - 1)),
  norm: norm('layer', c.dim / c.heads),
  output: linear(c.dim, c.dim, { bias: c.bias }),
})

const state = (c: Config, { batch }: { batch: number }) => ({
  ...matrixMemory(batch, c.heads, c.dim / c.heads, c.dim / c.heads),
  past: pastTokens(batch, 1, c.dim),
})
type Held = StateIn<ReturnType<typeof state>>
type At = Setting<Options, ReturnType<typeof parameters>>

/** Token shift, projections and gate around the recurrence in one of its forms. */
function around(recur: typeof bonusChunked, x: Tensor, held: Held, { p, config: c, context }: At) {
  const { seen, past } = lookBack(x, held.past, [1], context)
  const change = sub(seen[0], x)
  const low = split(tanh(matmul(add(x, mul(change, p.shift)), p.mixDown)), starts.length, -1)
  const shares = low.map((part, i) => add(p.mixShift[i], matmul(part, p.mixUp[i])))
  const [forR, forK, forV, forG, forW] = shares.map((share) => add(x, mul(change, share)))
  const rate = add(p.decayOffset, matmul(tanh(matmul(forW, p.decayDown)), p.decayUp))
  const heads = (t: Tensor) => splitHeads(t, c.heads)
  const inputs = {
    q: heads(p.receptance(forR)),
    k: heads(p.key(forK)),
    v: heads(p.value(forV)),
    logDecay: name(heads(neg(exp(minimum(rate, 10)))), 'decay'),
    bonus: reshape(p.bonus, [c.heads, 1, c.dim / c.heads]),
    documents: context.documents,
    carriedDocument: context.carriedDocument,
  }
  const { y, state: next } = recur(inputs, held, c.chunk)
  return { y: mul(mergeHeads(p.norm(mul(y, 1 / 8))), silu(p.gate(forG))), state: { ...next, past } }
}

export const rwkv6 = defineMixer({
  id: 'rwkv6',
  family: 'linear-attention',
  citation: {
    title: 'Eagle and Finch: RWKV with Matrix-Valued States and Dynamic Recurrence',
    authors: 'Peng et al.',
    year: 2024,
    arxiv: '2404.05892',
    equations: 'section on Finch',
  },
  summary: 'A matrix state with data-dependent token shift and decay per channel, and a bonus for the token itself.',
  config,
  causal: true,
  validate: (c: Config) => void headsOf('rwkv6', c),
  parameters,
  state,
  project: (_, x) => ({ x }),
  parallel: ({ x }, held, setting) => around(bonusParallel, x, held, setting),
  chunked: ({ x }, held, setting) => around(bonusChunked, x, held, setting),
  step: ({ x }, held, setting) => around(bonusStep, x, held, setting),
  output: (p, y) => p.output(y),
})
