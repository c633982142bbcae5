/**
 * The gated feed-forward layer W₃ (f(W₁ x) ∘ W₂ x), f = swish or another activation. Shazeer 2020, arXiv:2002.05202,
 * equations 5 and 6.
 */
import { z } from 'zod'
import { mul } from '../../engine/index.js'
import { activationNames, activations } from '../../nn/activations.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { defineChannelMixer } from '../mixer.js'
import { positive } from '../settings.js'

const config = z.object({
  ratio: positive.default(8 / 3).describe('hidden width as a multiple of the model width'),
  activation: z.enum(activationNames).default('silu').describe('f'),
})

export const swiglu = defineChannelMixer({
  id: 'swiglu',
  summary: 'A feed-forward layer whose hidden features are gated by a second map.',
  citation: {
    title: 'GLU Variants Improve Transformer',
    authors: 'Shazeer',
    year: 2020,
    arxiv: '2002.05202',
    equations: '5, 6',
  },
  config,
  width: ({ ratio }: z.infer<typeof config>, dim) => Math.round((ratio * dim) / 8) * 8,
  parameters: ({ dim, width, bias }) => ({
    gate: linear(dim, width, { bias }),
    up: linear(dim, width, { bias }),
    down: linear(width, dim, { bias }),
  }),
  forward(p, x, { activation }) {
    const [gate, up] = applyTogether(x, [p.gate, p.up])
    return p.down(mul(activations[activation](gate), up))
  },
})
