/**
 * LongVQ: attention whose keys are codes of a learned codebook, so that whatever lies beyond a window is kept per code.
 *
 *   x' = EMA(x),  z = norm(silu(x' W_z))                                 Mega's moving averages as the state space
 *   q = κ_q ∘ z + μ_q,  k = norm(κ_k ∘ z + μ_k),  k̂ = argmin_c ‖k − c‖   c of S codes,  v = silu(x W_v)
 *   o_t = Σ_{s≤t} softmax_s(q_t·k̂_s / √Z + b_{t−s}) v_s                  b learned for the last W tokens, 0 before them
 *   out = φ ∘ (silu(x' W_h + (γ∘o) U_h) − x),  γ = silu(x' W_γ),  φ = sigmoid(x' W_φ)
 *
 * Liu et al. 2024, arXiv:2404.11163, with the linear form of Lingle 2023, arXiv:2309.16354 (blocks of W tokens; sums of
 * values and numbers of tokens per code before them) and Mega's gates (arXiv:2209.10655, eq. 12 to 14). Training adds
 * ‖sg(k) − c‖² + β ‖k − sg(c)‖² (van den Oord et al. 2017, arXiv:1711.00937; the paper moves the codes by averages
 * instead) and lets gradients through to keys of the window; elsewhere the gradient is the function's own, which is 0 there.
 * State: averages [B, d, h], N [B, S], U [B, S, E], the last W − 1 tokens. Cost a layer: O(T (S + 2W) E). Packed documents
 * take the quadratic form. Recipe: AdamW, rate 1e-3 at d = 256.
 */
import { z } from 'zod'
import {
  add,
  argMax,
  gather,
  matmul,
  mean,
  mul,
  name,
  rmsNorm,
  sigmoid,
  silu,
  split,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '../../engine/index.js'
import {
  attendToCodes,
  attendToCodesInBlocks,
  type CodeInputs,
  type CodeMemory,
  codeMemory,
  remembered,
} from '../../nn/code-attention.js'
import { gaussian, one, zero } from '../../nn/initializers.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { movingAverage, movingAverageState } from '../../nn/moving-average.js'
import { parameter } from '../../nn/parameter.js'
import type { Timeline } from '../../nn/recurrence.js'
import { defineMixer, type Frame, type Setting } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  expand: positive.default(2).describe('width of the values as a multiple of the model width'),
  codes: count.default(64).describe('S: codes of the codebook'),
  window: count.default(64).describe('W: tokens that are told apart by distance, and a block of the linear form'),
  commitment: positive.default(0.25).describe('β: how much keys are drawn to their codes'),
  speeds: count.default(16).describe('h: moving averages of each feature'),
  keyWidth: count.default(32).describe('Z: width of queries, keys and codes'),
})
type Options = z.infer<typeof config>
type Config = Options & Frame

const inner = (c: Config) => Math.round(c.dim * c.expand)

const parameters = (c: Config) => {
  const from = (inputs: number, outputs: number) => linear(inputs, outputs, { bias: c.bias })
  return {
    average: movingAverage(c.dim, c.speeds),
    shared: from(c.dim, c.keyWidth),
    value: from(c.dim, inner(c)),
    reset: from(c.dim, inner(c)),
    candidate: from(c.dim, c.dim),
    update: from(c.dim, c.dim),
    fetched: linear(inner(c), c.dim, { bias: false }),
    scales: parameter([2, c.keyWidth], one, { decay: false }),
    shifts: parameter([2, c.keyWidth], zero, { decay: false }),
    codebook: parameter([c.codes, c.keyWidth], gaussian(1), { decay: false }),
    bias: parameter([c.window], zero),
  }
}

type Attend = (inputs: CodeInputs, memory: CodeMemory, timeline: Timeline) => Tensor

function around(
  attend: Attend,
  { x, v }: { x: Tensor; v: Tensor },
  { average, ...memory }: CodeMemory & { average: Tensor },
  { p, config: c, context }: Setting<Options, ReturnType<typeof parameters>>,
) {
  const { y: seen, state: next } = p.average(x, average, context)
  const [shared, reset, candidate, update] = applyTogether(seen, [p.shared, p.reset, p.candidate, p.update])
  const z = rmsNorm(silu(shared), 1)
  const [scales, shifts] = [split(p.scales, 2, 0), split(p.shifts, 2, 0)]
  const [query, key] = [0, 1].map((i) => add(mul(z, scales[i]), shifts[i]))
  const { codebook, bias } = p
  const unit = rmsNorm(key, 1)
  const nearness = sub(matmul(unit, codebook, { transposeB: true }), mul(sum(square(codebook), 1), 0.5))
  const codes = argMax(nearness, 2)
  const code = name(gather(codebook, codes, 0), 'code')
  // The code itself; in training with a path on to the key, as if it were the key.
  const k = add(code, sub(unit, context.training ? stopGradient(unit) : unit))
  const inputs = { q: mul(query, c.keyWidth ** -0.5), k, codes, v, codebook, bias }
  const read = p.fetched(mul(silu(reset), attend(inputs, memory, context)))
  const y = mul(sigmoid(update), sub(silu(add(candidate, read)), x))
  const state = { average: next, ...remembered(inputs, memory, context) }
  if (!context.training) return { y, state }
  const apart = (a: Tensor, b: Tensor) => mean(square(sub(a, b)))
  const losses = {
    codebook: apart(stopGradient(unit), code),
    commitment: mul(apart(unit, stopGradient(code)), c.commitment),
  }
  return { y, state, losses }
}

export const longVq = defineMixer({
  id: 'longvq',
  family: 'linear-attention',
  citation: {
    title: 'LongVQ: Long Sequence Modeling with Vector Quantization on Structured Memory',
    authors: 'Liu et al.',
    year: 2024,
    arxiv: '2404.11163',
    equations: 'section 4',
  },
  summary: 'Softmax attention over keys that are rounded to learned codes: what is far off is kept per code.',
  config,
  causal: true,

  parameters,

  state: (c: Config, { batch }) => ({
    average: movingAverageState(batch, c.dim, c.speeds),
    ...codeMemory(batch, c.codes, c.window, inner(c)),
  }),

  project: (p, x) => ({ x, v: silu(p.value(x)) }),

  parallel: (projected, state, setting) => around(attendToCodes, projected, state, setting),

  chunked(projected, state, setting) {
    const attend = setting.context.documents ? attendToCodes : attendToCodesInBlocks
    return around(attend, projected, state, setting)
  },

  output: (_, y) => y,
})
