/**
 * RWKV-7 (Goose): a generalised delta rule – what a key holds is removed at a rate of its own per channel, and decays.
 *
 *   mix_□(x_t) = x_t + (x_{t−1} − x_t) ∘ μ_□                                    □ of r, w, k, v, a, g
 *   w_t = exp(−e^{−½} sigmoid(ω + tanh(mix_w W₁) W₂)),  a_t = sigmoid(ι + mix_a A₁ A₂)
 *   κ_t = k_t ∘ ξ / ‖·‖ per head,  k̃_t = k_t ∘ (1 + (a_t − 1) ∘ α)
 *   S_t = (diag(w_t) − (a_t ∘ κ_t) κ_tᵀ) S_{t−1} + k̃_t v_tᵀ
 *   y_t = (sigmoid(mix_g G₁) G₂ ∘ (norm(S_tᵀ r_t) + (r_t · ρ ∘ k̃_t) v_t)) W_o
 *   state S [B, H, K, V] and the last token [B, 1, d], constant in T
 *
 * Peng et al. 2025, arXiv:2503.14456, time mixing, state eq. 17; values take from the first layer's only where asked
 * for, v ← v + sigmoid(ν + mix_v V₁ V₂) ∘ (v¹ − v). Computed as two writes of the delta rule per token:
 * −(a ∘ κ)(κ ∘ 1/w)ᵀ on the decayed state (w > 0.54), then k̃ vᵀ. Starting values as in earlier code of the authors, for a
 * middle layer. Cost a layer: O(T (C + K) V) for chunks of C tokens. Recipe: AdamW, rate 6e-4 at d = 256, heads of 64.
 */
import { z } from 'zod'
import {
  add,
  exp,
  full,
  matmul,
  mul,
  name,
  reshape,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tanh,
  unitNorm,
  zeros,
} from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { type MatrixMemory, matrixMemory, type Recurrence } from '../../nn/decay.js'
import { type DeltaStepsInputs, deltaStepsChunked, deltaStepsStep } from '../../nn/delta-steps.js'
import { headNorm } from '../../nn/head-norm.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { alongChannels, fanIn, filled, zero } from '../../nn/initializers.js'
import { linear, norm } from '../../nn/layers.js'
import { lookBack, pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, headsOf, positive, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  decayRank: count.default(32).describe('rank of the map that decides decays'),
  removalRank: count.default(32).describe('rank of the map that decides how much is removed'),
  gateRank: count.default(64).describe('rank of the output gate'),
  takes: z.strictObject({ rank: count }).optional().describe('values take from the first layer’s, as a map decides'),
  handsValues: z.boolean().default(false).describe('be the first layer whose values those after it take from'),
  headScales: z.boolean().default(false).describe('scales and shifts of the norm for each head, not for all'),
  normEpsilon: positive.default(64e-5).describe('added to the variance there'),
  unitEpsilon: positive.default(1e-6).describe('its square is added to squared lengths of removed keys'),
  chunk: powerOfTwo.default(32).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const lowRank = (dim: number, rank: number) => ({
  down: parameter([dim, rank], zero),
  up: parameter([rank, dim], fanIn(rank)),
})

const parameters = (c: Config) => ({
  // How much of the token before: r, w, k, v, a, g.
  shift: [0.1, 0.45, 0.35, 0.35, 0.45, 0.1].map((power) =>
    parameter(
      [c.dim],
      alongChannels((part) => 1 - part ** power),
    ),
  ),
  receptance: linear(c.dim, c.dim, { bias: c.bias }),
  key: linear(c.dim, c.dim, { bias: c.bias }),
  value: linear(c.dim, c.dim, { bias: c.bias }),
  decayOffset: parameter(
    [c.dim],
    alongChannels((part) => 5 * part ** 1.5 - 6.5),
  ),
  decay: lowRank(c.dim, c.decayRank),
  removalOffset: parameter([c.dim], zero),
  removal: lowRank(c.dim, c.removalRank),
  removedKey: parameter([c.dim], filled(0.85)),
  replaced: parameter([c.dim], filled(1)),
  bonus: parameter([c.dim], zero),
  gate: { down: parameter([c.dim, c.gateRank], fanIn(c.dim)), up: parameter([c.gateRank, c.dim], fanIn(c.gateRank)) },
  taken: c.takes && lowRank(c.dim, c.takes.rank),
  takenOffset: c.takes && parameter([c.dim], filled(0.73)),
  norm: c.headScales ? headNorm(c.heads, c.dim / c.heads) : norm('layer', c.dim / c.heads),
  output: linear(c.dim, c.dim, { bias: c.bias }),
})

type Recur = (inputs: DeltaStepsInputs, state: MatrixMemory, size: number) => Recurrence
type Held = MatrixMemory & { readonly past: Tensor }
type At = Setting<z.infer<typeof config>, ReturnType<typeof parameters>>

/** Token shift, projections and gate around the recurrence in one of its forms. */
function around(recur: Recur, x: Tensor, held: Held, { p, config: c, context }: At, chunk = c.chunk) {
  const { seen, past } = lookBack(x, held.past, [1], context)
  const change = sub(seen[0], x)
  const [forR, forW, forK, forV, forA, forG] = p.shift.map((share) => add(x, mul(change, share)))
  const heads = (t: Tensor) => splitHeads(t, c.heads)
  const rate = sigmoid(add(p.decayOffset, matmul(tanh(matmul(forW, p.decay.down)), p.decay.up)))
  const logDecay = name(heads(mul(rate, -Math.exp(-0.5))), 'decay')
  const a = name(sigmoid(add(p.removalOffset, matmul(matmul(forA, p.removal.down), p.removal.up))), 'removal')
  const key = p.key(forK)
  const removed = unitNorm(heads(mul(key, p.removedKey)), c.unitEpsilon)
  const k = heads(mul(key, add(1, mul(sub(a, 1), p.replaced))))
  const [q, own] = [heads(p.receptance(forR)), heads(p.value(forV))]
  const taken = p.taken && sigmoid(add(p.takenOffset!, matmul(matmul(forV, p.taken.down), p.taken.up)))
  const { firstValues } = context
  if (taken && !firstValues)
    throw new UserError('rwkv7: takes values, but no layer before hands its own on – set handsValues on the first')
  const v = taken ? add(own, mul(heads(taken), sub(firstValues!, own))) : own
  const beta = full([...q.shape.slice(0, 3), 1], 1)
  const nothing = zeros(v.shape)
  const writes = [
    { k: mul(removed, heads(a)), v: nothing, beta, readKey: mul(removed, exp(mul(logDecay, -1))) },
    { k, v, beta, readKey: nothing },
  ]
  const { documents, carriedDocument } = context
  const { y, state } = recur({ q, writes, logDecay, documents, carriedDocument }, held, 2 * chunk)
  const bonus = mul(sum(mul(mul(q, reshape(p.bonus, [c.heads, 1, c.dim / c.heads])), k), -1, { keep: true }), v)
  const gate = matmul(sigmoid(matmul(forG, p.gate.down)), p.gate.up)
  // The norm's own ε is 1e-5: what it reads is made so small that this counts as the one asked for.
  const read = add(p.norm(mul(y, Math.sqrt(1e-5 / c.normEpsilon))), bonus)
  return { y: mul(mergeHeads(read), gate), state: { ...state, past }, firstValues: c.handsValues ? v : undefined }
}

export const rwkv7 = defineMixer({
  id: 'rwkv7',
  family: 'linear-attention',
  citation: {
    title: 'RWKV-7 "Goose" with Expressive Dynamic State Evolution',
    authors: 'Peng et al.',
    year: 2025,
    arxiv: '2503.14456',
    equations: 'section on time mixing, 17',
  },
  summary: 'A matrix state that decays per channel and removes, at rates per channel, what it holds at a key.',
  config,
  causal: true,
  validate: (c: Config) => void headsOf('rwkv7', c),
  parameters,
  state: (c: Config, { batch }) => ({
    ...matrixMemory(batch, c.heads, c.dim / c.heads, c.dim / c.heads),
    past: pastTokens(batch, 1, c.dim),
  }),
  project: (_, x) => ({ x }),
  parallel: ({ x }, held, at) => around(deltaStepsChunked, x, held, at, chunkLength(x.shape[1])),
  chunked: ({ x }, held, at) => around(deltaStepsChunked, x, held, at),
  step: ({ x }, held, at) => around(deltaStepsStep, x, held, at),
  output: (p, y) => p.output(y),
})
