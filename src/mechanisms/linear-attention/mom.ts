/**
 * Mixture of memories: several states side by side, of which each token writes and reads the few that a router chooses.
 *
 *   g_t = top-k of softmax(x_t W_r), renormalised; a shared memory is always chosen, with weight 1
 *   chosen m:  S^m_t = α_t S^m_{t−1} + β_t k^m_t (v^m_t − α_t S^m_{t−1}ᵀ k^m_t)ᵀ;   others: S^m_t = S^m_{t−1}
 *   o_t = (Σ_m g^m_t S^m_t)ᵀ q_t          state [B, (M + 1) H, K, V], constant in T
 *
 * Du et al. 2025, arXiv:2502.13685, section 3.2: router eq. 3 and 4, keys and values eq. 5, mixing eq. 7 and 8, with
 * the gated delta rule, as in its experiments. Each memory has keys and values of its own; α and β are one for all of
 * them, and the published code's short convolutions and output gate are left out. Memories that are not chosen are
 * computed and masked, which is exact; what a kernel could save by leaving them out, M / k, is not. Auxiliary loss: M
 * Σ_m f_m p_m, the share of tokens a memory gets times its mean probability (Switch transformers, arXiv:2101.03961,
 * equation 4). Cost a layer: O(M T (C + K) V). Recipe: AdamW, rate 1e-3; four memories, two of them chosen, and the
 * shared one.
 */
import { z } from 'zod'
import {
  broadcastTo,
  concat,
  div,
  full,
  greater,
  mean,
  mul,
  name,
  oneHot,
  reshape,
  sigmoid,
  silu,
  softmax,
  sum,
  type Tensor,
  topK,
  transpose,
  unitNorm,
  where,
} from '../../engine/index.js'
import { chunkLength } from '../../nn/chunks.js'
import { matrixMemory } from '../../nn/decay.js'
import { deltaChunked, deltaStep } from '../../nn/delta.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { inputDecay } from '../../nn/input-decay.js'
import { applyTogether, linear, norm } from '../../nn/layers.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  memories: count.default(4).describe('M: memories that the router chooses from'),
  chosen: count.default(2).describe('k: memories that a token writes and reads'),
  shared: z.boolean().default(true).describe('one more memory for every token'),
  balance: z.number().nonnegative().default(0.01).describe('weight of the auxiliary loss'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

const all = ({ memories, shared }: Config) => memories + (shared ? 1 : 0)

export const mom = defineMixer({
  id: 'mom',
  family: 'linear-attention',
  citation: {
    title: 'MoM: Linear Sequence Modeling with Mixture-of-Memories',
    authors: 'Du et al.',
    year: 2025,
    arxiv: '2502.13685',
    equations: '3 to 8',
  },
  summary: 'Several matrix states, of which a router lets each token use a few.',
  config,
  causal: true,

  validate(c: Config) {
    headsOf('mom', c)
    if (c.chosen > c.memories)
      throw new UserError(`mom: chosen must be at most memories, ${c.memories}, got ${c.chosen} – choose fewer`)
  },

  parameters: (c: Config) => ({
    query: linear(c.dim, c.dim, { bias: c.bias }),
    key: linear(c.dim, all(c) * c.dim, { bias: c.bias }),
    value: linear(c.dim, all(c) * c.dim, { bias: c.bias }),
    router: linear(c.dim, c.memories, { bias: c.bias }),
    beta: linear(c.dim, c.heads, { bias: c.bias }),
    step: linear(c.dim, c.heads, { bias: c.bias }),
    decay: inputDecay(c.heads, 1),
    norm: norm('rms', c.dim / c.heads),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => matrixMemory(batch, all(c) * c.heads, c.dim / c.heads, c.dim / c.heads),

  project(p, x, { config: c, context: { documents, carriedDocument } }) {
    const [q, k, v, router, beta, step] = applyTogether(x, [p.query, p.key, p.value, p.router, p.beta, p.step])
    const probabilities = softmax(router)
    const { indices } = topK(router, c.chosen, 2)
    const isChosen = sum(oneHot(indices, c.memories), 2)
    const kept = mul(probabilities, isChosen)
    const [B, T] = x.shape
    const always = full([B, T, c.shared ? 1 : 0], 1)
    const perHead = (t: Tensor) => everyHead(concat([t, always], 2), c.heads)
    const writes = greater(perHead(isChosen), 0)
    const everyMemory = (t: Tensor) => concat(new Array<Tensor>(all(c)).fill(t), 1)
    return {
      q: everyMemory(mul(unitNorm(splitHeads(silu(q), c.heads)), (c.dim / c.heads) ** -0.5)),
      k: unitNorm(splitHeads(silu(k), all(c) * c.heads)),
      v: splitHeads(silu(v), all(c) * c.heads),
      beta: where(writes, everyMemory(sigmoid(splitHeads(beta, c.heads))), 0),
      logDecay: where(writes, everyMemory(p.decay(step)), 0),
      mixing: name(perHead(div(kept, sum(kept, 2, { keep: true }))), 'router'),
      balance: mul(sum(mul(mean(isChosen, [0, 1]), mean(probabilities, [0, 1]))), c.balance * c.memories),
      documents,
      carriedDocument,
    }
  },

  parallel: ({ balance, ...inputs }, state) => ({
    ...deltaChunked(inputs, state, chunkLength(inputs.q.shape[2])),
    losses: { balance },
  }),
  chunked: ({ balance, ...inputs }, state, { config: c }) => ({
    ...deltaChunked(inputs, state, c.chunk),
    losses: { balance },
  }),
  step: ({ balance, ...inputs }, state) => ({ ...deltaStep(inputs, state), losses: { balance } }),

  output(p, y, { mixing }, { config: c }) {
    const [B, , T, D] = y.shape
    const mixed = sum(reshape(mul(y, mixing), [B, all(c), c.heads, T, D]), 1)
    return p.output(mergeHeads(p.norm(mixed)))
  },
})

/** [B, T, M] as [B, M·H, T, 1]. */
function everyHead(t: Tensor, heads: number): Tensor {
  const [B, T, M] = t.shape
  const wide = broadcastTo(reshape(transpose(t, [0, 2, 1]), [B, M, 1, T, 1]), [B, M, heads, T, 1])
  return reshape(wide, [B, M * heads, T, 1])
}
