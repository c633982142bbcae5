/**
 * The transformer's feed-forward layer: W₂ gelu(W₁ x). Vaswani et al. 2017, arXiv:1706.03762, equation 2, with the
 * activation of arXiv:1606.08415.
 */
import { z } from 'zod'
import { gelu } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { defineChannelMixer } from '../mixer.js'
import { positive } from '../settings.js'

const config = z.object({ ratio: positive.default(4).describe('hidden width as a multiple of the model width') })

export const mlp = defineChannelMixer({
  id: 'mlp',
  summary: 'Two linear maps with a GELU between them.',
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
  forward: (p, x) => p.down(gelu(p.up(x))),
})
