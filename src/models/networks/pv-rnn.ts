/**
 * PV-RNN: a variational recurrent net without inputs. What it knows of a sequence stands in adaptive vectors a_t of that
 * sequence alone, which errors reach by backpropagation; no encoder makes them.
 *
 *   prior      z_t ~ N(μᵖ, σᵖ),  μᵖ = tanh(W d_{t−1}),  log σᵖ = W' d_{t−1};  N(0, 1) at the first step
 *   posterior  z_t ~ N(μ^q, σ^q),  μ^q = tanh(V d_{t−1} + a^μ_t),  log σ^q = V' d_{t−1} + a^σ_t
 *   h_t = (1 − 1/τ) h_{t−1} + (U d_{t−1} + Z z_t + b) / τ,  d_t = tanh(h_t),  logits = O d_t
 *   loss = Σ_t −log p(x_t) + w Σ_t KL(posterior ‖ prior)                      w: the meta-prior
 *
 * Ahmadi and Tani 2018, arXiv:1811.01339, sections 2.2–2.4 (one layer of the MTRNN, symbols for outputs). Steps that are
 * not observed draw from the prior and count nowhere: with none observed it generates. Error regression is learning the
 * adaptive vectors of a new sequence with all else frozen. State: h, d numbers. Cost O(T d (d + z)). Log deviations are
 * held within ±5. Recipe: Adam, rate 1e-2 for small nets.
 */
import { z } from 'zod'
import {
  add,
  cast,
  equal,
  exp,
  gather,
  iota,
  mean,
  mul,
  normal,
  scan,
  split,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  where,
  zeros,
} from '../../engine/index.js'
import { surprise } from '../../nn/classification.js'
import { type DiagonalGaussian, divergence } from '../../nn/diagonal-gaussian.js'
import { zero } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  sequences: z.number().int().min(1).default(32).describe('sequences that have adaptive vectors'),
  length: z.number().int().min(1).default(24),
  symbols: z.number().int().min(2).default(4),
  width: z.number().int().min(1).default(16),
  latent: z.number().int().min(1).default(2),
  timescale: z.number().min(1).default(2).describe('τ: larger changes slower'),
  metaPrior: z.number().min(0).default(0.1).describe('w, what the divergence from the prior counts'),
})
type Config = z.infer<typeof config>

const parameters = ({ sequences, length, symbols, width, latent }: Config) => ({
  adaptive: parameter([sequences, length, 2 * latent], zero, { decay: false }),
  prior: linear(width, 2 * latent, { bias: false }),
  posterior: linear(width, 2 * latent, { bias: false }),
  recurrent: linear(width, width),
  latent: linear(latent, width, { bias: false }),
  output: linear(width, symbols),
})

/** Mean and log deviation from their sums [B, 2 Z]. */
function gaussianOf(sums: Tensor): DiagonalGaussian {
  const [center, spread] = split(sums, 2, 1)
  return { mean: tanh(center), log: mul(tanh(mul(spread, 0.2)), 5) }
}

export const pvRnn = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'pv-rnn',
  family: 'recurrent',
  citation: {
    title: 'A Novel Predictive-Coding-Inspired Variational RNN Model for Online Prediction and Recognition',
    authors: 'Ahmadi and Tani',
    year: 2018,
    arxiv: '1811.01339',
    equations: 'sections 2.2–2.4',
  },
  summary: 'A variational recurrent net that recognises by backpropagating errors to vectors of each sequence.',
  config,
  random: true,
  parameters,
  inputs: ({ sequences, length, symbols }, batch) => ({
    sequence: { shape: [batch], dtype: 'i32', below: sequences },
    symbols: { shape: [batch, length], dtype: 'i32', below: symbols },
    observed: { shape: [batch, length], dtype: 'i32', below: 2 },
  }),

  forward(p, { sequence, symbols, observed }, { config: c, key }) {
    const [B, T] = symbols.shape
    const body = (h: Tensor, { adaptive, noise, seen, first }: typeof steps) => {
      const d = tanh(h)
      const prior = gaussianOf(where(equal(first, 0), zeros([B, 2 * c.latent]), p.prior(d)))
      const posterior = gaussianOf(add(p.posterior(d), adaptive))
      const isSeen = unsqueeze(equal(seen, 1), 1)
      const drawn = where(isSeen, posterior.mean, prior.mean)
      const latent = add(drawn, mul(noise, exp(where(isSeen, posterior.log, prior.log))))
      const next = add(mul(h, 1 - 1 / c.timescale), mul(add(p.recurrent(d), p.latent(latent)), 1 / c.timescale))
      const kl = where(equal(seen, 1), divergence(posterior, prior), 0)
      return { carry: next, y: { logits: p.output(tanh(next)), kl } }
    }
    const steps = {
      adaptive: transpose(gather(p.adaptive, sequence, 0), [1, 0, 2]),
      noise: normal(key!, [T, B, c.latent]),
      seen: transpose(observed),
      first: iota(T),
    }
    const { ys } = scan(body, zeros([B, c.width]), steps)
    const logits = transpose(ys.logits, [1, 0, 2])
    const kl = transpose(ys.kl)
    const missed = mul(surprise(logits, symbols), cast(observed, 'f32'))
    const loss = mean(sum(add(missed, mul(kl, c.metaPrior)), 1))
    return { loss, outputs: { logits, kl } }
  },
})
