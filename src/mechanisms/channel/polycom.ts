/**
 * PolyCom: a feed-forward layer W₂ f(W₁ x) whose activation is a polynomial with learned coefficients.
 *
 *   PolyReLU(x) = a₀ + Σ_{i=1}^{r} a_i relu(x)^i
 *   PolyNorm(x) = a₀ + Σ_{i=1}^{r} a_i x^i / rms(x^i)      the root mean square over the hidden features
 *
 * Zhuo et al. 2024, arXiv:2411.03884, degree r = 3; the paper writes the norm of x^i, its code and this file the root
 * mean square. Recipe: a_i = 1/r for i ≥ 1 and a₀ = 0, rates as for other activations.
 */
import { z } from 'zod'
import { add, mul, relu, rmsNorm, slice, type Tensor } from '../../engine/index.js'
import { listed } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { defineChannelMixer } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  activation: z.enum(['polynorm', 'polyrelu']).default('polynorm').describe('which powers are added up'),
  degree: count.max(8).default(3).describe('r: the highest power'),
  ratio: positive.default(4).describe('hidden width as a multiple of the model width'),
})
type Config = z.infer<typeof config>

export const polycom = defineChannelMixer({
  id: 'polycom',
  summary: 'Two linear maps with a learned polynomial between them.',
  citation: {
    title: 'Polynomial Composition Activations: Unleashing the Dynamics of Large Language Models',
    authors: 'Zhuo et al.',
    year: 2024,
    arxiv: '2411.03884',
    equations: 'PolyReLU and PolyNorm',
  },
  config,
  width: ({ ratio }: Config, dim) => Math.round(ratio * dim),
  parameters: ({ dim, width, bias, degree }) => ({
    up: linear(dim, width, { bias }),
    coefficients: parameter([degree + 1], listed([0, ...new Array<number>(degree).fill(1 / degree)])),
    down: linear(width, dim, { bias }),
  }),
  forward(p, x, { activation, degree }) {
    // Normalised once before: the powers of what is left cannot overflow, and their normalised values are the same.
    const base = activation === 'polynorm' ? rmsNorm(p.up(x), 1) : relu(p.up(x))
    const coefficient = (i: number) => slice(p.coefficients, 0, i, i + 1)
    let power = base
    let total: Tensor = mul(coefficient(1), base)
    for (let i = 2; i <= degree; i++) {
      power = mul(power, base)
      total = add(total, mul(coefficient(i), activation === 'polynorm' ? rmsNorm(power, 1) : power))
    }
    return p.down(add(total, coefficient(0)))
  },
})
