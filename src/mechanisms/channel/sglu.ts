/**
 * The simple gated feed-forward layer W₃ (W₁ x ∘ W₂ x): the product is its only nonlinearity. Qin et al. 2023,
 * arXiv:2307.14995, section 3.
 */
import { z } from 'zod'
import { mul, split } from '../../engine/index.js'
import { linear } from '../../nn/layers.js'
import { defineChannelMixer } from '../mixer.js'
import { positive } from '../settings.js'

const config = z.object({ ratio: positive.default(8 / 3).describe('hidden width as a multiple of the model width') })

export const sglu = defineChannelMixer({
  id: 'sglu',
  summary: 'A feed-forward layer of products of two maps, without another activation.',
  citation: {
    title: 'Scaling TransNormer to 175 Billion Parameters',
    authors: 'Qin et al.',
    year: 2023,
    arxiv: '2307.14995',
    equations: 'section 3, simple gated linear unit',
  },
  config,
  width: ({ ratio }: z.infer<typeof config>, dim) => Math.round((ratio * dim) / 8) * 8,
  parameters: ({ dim, width, bias }) => ({
    both: linear(dim, 2 * width, { bias }),
    down: linear(width, dim, { bias }),
  }),
  forward(p, x) {
    const [u, v] = split(p.both(x), 2, -1)
    return p.down(mul(u, v))
  },
})
