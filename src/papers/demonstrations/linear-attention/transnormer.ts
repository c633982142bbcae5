/** TransNormer: gradients without a denominator stay bounded, and what that does for a language model. */
import {
  constant,
  div,
  gradients,
  matmul,
  mul,
  rmsNorm,
  sum,
  type Tensor,
  type TensorData,
} from '../../../engine/index.js'
import { diagAttention, normAttention } from '../../../mechanisms/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnText } from '../../lab/index.js'

const models = {
  TransNormer: [{ id: 'diag-attention' }, { id: 'diag-attention' }, { id: 'norm-attention' }, { id: 'norm-attention' }],
  'linear attention': [{ id: 'linear-attention' }],
}

/** Scores of one query that are this small: what a feature map near zero makes of unlike tokens. */
const scoreSizes = [1, 1e-2, 1e-4, 1e-6]

/** Largest entry of the gradient of an attention's output with respect to its scores, at each size of the scores. */
async function scoreGradients(lab: Lab, attention: (scores: Tensor, values: Tensor) => Tensor): Promise<number[]> {
  const random = (length: number, from: number) =>
    Float32Array.from({ length }, (_, i) => from + Math.abs(Math.sin(12.9898 * (i + 1))))
  const found: number[] = []
  for (const size of scoreSizes) {
    const scores: TensorData = { shape: [1, 32], dtype: 'f32', data: random(32, 0.1).map((score) => score * size) }
    const values: TensorData = { shape: [32, 16], dtype: 'f32', data: random(512, -0.6) }
    const { g } = await compute(lab, { scores, values }, (given) => {
      const out = attention(given.scores, given.values)
      return { g: gradients(sum(mul(out, constant(random(16, -0.6)))), { scores: given.scores }).scores }
    })
    found.push(Math.max(...Array.from(g.data, Math.abs)))
  }
  return found
}

export const transnormer: Demonstration = {
  id: 'transnormer',
  files: [
    'mechanisms/linear-attention/diag-attention.ts',
    'mechanisms/linear-attention/norm-attention.ts',
    'models/presets.ts',
  ],
  seed: 1,
  changed: 'sizes: four layers of 64 features, 400 steps on 1.1 MB of plays',
  async run(lab) {
    const divided = await scoreGradients(lab, (scores, values) =>
      div(matmul(scores, values), sum(scores, -1, { keep: true })),
    )
    const normed = await scoreGradients(lab, (scores, values) => rmsNorm(matmul(scores, values), 1))
    const bound = Math.max(...normed)
    const [ours, theirs] = await lab.each(Object.entries(models), async ([name, mixers], own) => {
      own.progress(`training ${name}`)
      const model = { dim: 64, layers: 4, mixers, bias: false }
      const learned = await learnText(own, { model, steps: 400, batch: 16, context: 128, rate: 3e-3 })
      return { loss: await learned.loss(), parameters: learned.model.parameterCount }
    })
    return {
      claims: [
        await formsAgree(lab, diagAttention, 'attention in blocks: all forms agree, nothing leaks'),
        await formsAgree(lab, normAttention, 'normalised linear attention: all forms agree, nothing leaks'),
        {
          says: 'as scores vanish, the gradient through a denominator grows without bound, ten times the largest through the norm and more',
          holds: Math.max(...divided) >= 10 * bound,
          figures: scoreSizes.flatMap((size, i) => [
            {
              name: `denominator: largest gradient, scores of ${size}`,
              value: divided[i],
              tolerance: divided[i] * 1e-3,
            },
            { name: `norm: largest gradient, scores of ${size}`, value: normed[i], tolerance: normed[i] * 1e-3 },
          ]),
        },
        {
          says: 'the language model’s loss is lower than with linear attention by 1 + elu features',
          holds: ours.loss < theirs.loss - 0.01,
          figures: [
            { name: 'TransNormer: loss, nats per character', value: ours.loss, tolerance: 0.03 },
            { name: 'linear attention: loss', value: theirs.loss, tolerance: 0.03 },
            { name: 'parameters over linear attention’s', value: ours.parameters / theirs.parameters, tolerance: 1e-9 },
          ],
        },
      ],
      sentence: `With scores of 1e-6 the gradient through a denominator is ${(divided[3] / bound).toExponential(1)} times the largest through the norm; the loss is ${ours.loss.toFixed(3)} against ${theirs.loss.toFixed(3)} nats.`,
    }
  },
}
