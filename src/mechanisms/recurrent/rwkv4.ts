/**
 * RWKV-4: a weighted mean of all values so far, channel by channel, whose weights fade at a learned pace.
 *
 *   r, k, v = (x_t + (x_{t−1} − x_t) ∘ μ_□) W_□
 *   wkv_t = (Σ_{s<t} e^{k_s − (t−1−s) w} v_s + e^{u + k_t} v_t) / (the same without v),  w = e^ω > 0
 *   y_t = (sigmoid(r_t) ∘ wkv_t) W_o
 *   state the mean so far and the log of its weights' sum, [B, d] each, and the last token [B, 1, d], constant in T
 *
 * Peng et al. 2023, arXiv:2305.13048: token shift eq. 11 to 13, wkv eq. 16, recurrence appendix D. Where the paper
 * keeps numerator, denominator and the largest exponent in them, this keeps their quotient and the denominator's
 * logarithm: no exponential exceeds 1 either, the mean is exact however large the keys, and nothing jumps. Starting
 * values as the authors' for a middle layer. Cost a layer: O(T d²), the recurrence one step after the other. Recipe:
 * AdamW, rate 6e-4 at d = 256.
 */
import { z } from 'zod'
import { add, exp, full, mul, name, sigmoid, sub, type Tensor, zeros } from '../../engine/index.js'
import { alongChannels } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { logAddExp } from '../../nn/log-space.js'
import { pastTokens } from '../../nn/look-back.js'
import { parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { shares, tokenShift } from '../../nn/token-shift.js'
import { defineMixer, type Frame } from '../mixer.js'
import { count, sharesOf } from '../settings.js'

const config = z.object({
  width: count.optional().describe('channels of the mean; the model width by default'),
  shares: sharesOf,
})
type Config = z.infer<typeof config> & Frame

/** The logarithm of an empty sum. */
const none = -1e30

/** A mean of values, and the logarithm of its weights' sum: [B, d] each. */
interface Mean {
  readonly mean: Tensor
  readonly total: Tensor
}

/** The mean with one more value, of weight e^power. */
function including({ mean, total }: Mean, power: Tensor, v: Tensor): Mean {
  const share = sigmoid(sub(power, total))
  return { mean: add(mean, mul(share, sub(v, mean))), total: logAddExp(total, power) }
}

export const rwkvPaper = {
  title: 'RWKV: Reinventing RNNs for the Transformer Era',
  authors: 'Peng et al.',
  year: 2023,
  arxiv: '2305.13048',
} as const

export const rwkv4 = defineMixer({
  id: 'rwkv4',
  family: 'recurrent',
  citation: { ...rwkvPaper, equations: '11 to 13, 16, appendix D' },
  summary: 'A fading weighted mean of values per channel, softmax-like in its keys, with token shift.',
  config,
  causal: true,

  parameters({ dim, bias, width = dim, shares: of }: Config) {
    const perChannel = (value: (part: number, channel: number) => number) => parameter([width], alongChannels(value))
    return {
      receptanceShift: shares(dim, of, (part) => 1 - part ** 0.25),
      keyShift: shares(dim, of, (part) => 1 - part ** 0.5),
      valueShift: shares(dim, of, (part) => 0.85 - part ** 0.5),
      receptance: linear(dim, width, { bias }),
      key: linear(dim, width, { bias }),
      value: linear(dim, width, { bias }),
      decay: perChannel((part) => 8 * part ** 1.35 - 5),
      bonus: perChannel((_, channel) => Math.log(0.3) + 0.5 * (((channel + 1) % 3) - 1)),
      output: linear(width, dim, { bias }),
    }
  },

  state({ dim, width = dim }: Config, { batch }) {
    const each = { shape: [batch, width], dtype: 'f32', change: 'replace' } as const
    return { mean: each, total: { ...each, fill: none }, past: pastTokens(batch, 1, dim) }
  },

  project: (_, x) => ({ x }),

  parallel({ x }, { past, mean, total }, { p, config: c, context }) {
    const { mixed, past: nextPast } = tokenShift(x, past, c.shares, context)
    const pace = name(exp(p.decay), 'decay')
    const { ys, memory } = loopOverTime(
      (held: Mean, { k, v }: { k: Tensor; v: Tensor }) => ({
        memory: including({ mean: held.mean, total: sub(held.total, pace) }, k, v),
        y: including(held, add(p.bonus, k), v).mean,
      }),
      { mean, total },
      { k: p.key(mixed(p.keyShift)), v: p.value(mixed(p.valueShift)) },
      context,
      { mean: zeros(mean.shape), total: full(total.shape, none) },
    )
    const receptance = sigmoid(p.receptance(mixed(p.receptanceShift)))
    return { y: mul(receptance, ys), state: { ...memory, past: nextPast } }
  },

  output: (p, y) => p.output(y),
})
