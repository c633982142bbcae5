/**
 * RWKV channel mixing: a feed-forward layer that also sees the token before, and so stands where mixers do.
 *
 *   r, k = (x_t mixed with x_{t−1} by μ_□) W_□
 *   y_t = sigmoid(r_t) ∘ (relu(k_t)² W_v)               state the last token [B, 1, d], constant in T
 *
 * Peng et al. 2023, arXiv:2305.13048: token shift eq. 14 and 15, output eq. 18; without the gate as in RWKV-7. Cost a
 * layer: O(T d E). Recipe: after each time mixing, in blocks without another channel mixer.
 */
import { z } from 'zod'
import { mul, relu, sigmoid, square } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { pastTokens } from '../../nn/look-back.js'
import { shares, tokenShift } from '../../nn/token-shift.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, sharesOf } from '../settings.js'
import { rwkvPaper } from './rwkv4.js'

const config = z.object({
  width: count.optional().describe('hidden width; four times the model width by default'),
  receptance: z.boolean().default(true).describe('gate the result'),
  shares: sharesOf,
})
type Config = z.infer<typeof config> & Frame

export const rwkvChannelMix = defineMixer({
  id: 'rwkv-channel-mix',
  family: 'recurrent',
  citation: { ...rwkvPaper, equations: '14, 15, 18' },
  summary: 'A gated feed-forward layer that sees the token before.',
  config,
  causal: true,

  parameters({ dim, bias, width = 4 * dim, shares: of, receptance }: Config) {
    return {
      receptanceShift: receptance ? shares(dim, of, (part) => 1 - part ** 0.25) : undefined,
      keyShift: shares(dim, of, (part) => 1 - part ** 0.25),
      receptance: receptance ? linear(dim, dim, { bias }) : undefined,
      key: linear(dim, width, { bias }),
      value: linear(width, dim, { bias }),
    }
  },

  state: ({ dim }: Config, { batch }) => ({ past: pastTokens(batch, 1, dim) }),

  project: (_, x) => ({ x }),

  parallel({ x }, { past }, { p, config: c, context }) {
    const { mixed, past: next } = tokenShift(x, past, c.shares, context)
    const hidden = square(relu(p.key(mixed(p.keyShift))))
    const value = p.value(hidden)
    const y = p.receptance ? mul(sigmoid(p.receptance(mixed(p.receptanceShift!))), value) : value
    return { y, state: { past: next } }
  },

  output: (_, y) => y,
})
