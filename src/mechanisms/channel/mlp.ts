/**
 * The transformer's feed-forward layer: W₂ f(W₁ x). Vaswani et al. 2017, arXiv:1706.03762, equation 2, with the
 * activation of arXiv:1606.08415, or another.
 */
import { z } from 'zod'
import { activationNames, activations } from '../../nn/activations.js'
import { linear } from '../../nn/layers.js'
import { defineChannelMixer } from '../mixer.js'
import { positive } from '../settings.js'

const config = z.object({
  ratio: positive.default(4).describe('hidden width as a multiple of the model width'),
  activation: z.enum(activationNames).default('gelu').describe('f'),
})

export const mlp = defineChannelMixer({
  id: 'mlp',
  summary: 'Two linear maps with a GELU, or another activation, between them.',
  citation: {
    title: 'Attention Is All You Need',
    authors: 'Vaswani et al.',
    year: 2017,
    arxiv: '1706.03762',
    equations: '2',
  },
  config,
  width: ({ ratio }: z.infer<typeof config>, dim) => Math.round(ratio * dim),
  parameters: ({ dim, width, bias }) => ({
    up: linear(dim, width, { bias }),
    down: linear(width, dim, { bias }),
  }),
  forward: (p, x, { activation }) => p.down(activations[activation](p.up(x))),
})
