/** Based: its features are the Taylor expansion, and what it recalls grows with its state. */
import { mul, sum, type TensorData } from '../../../engine/index.js'
import { based as mixer } from '../../../mechanisms/index.js'
import { gaussian, parameterStream, taylorKernel } from '../../../nn/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnTask } from '../../lab/index.js'

const pairs = 16
const task = `mqar:length=64:pairs=${pairs}:vocabulary=128`
const dim = 64
const window = { id: 'softmax', window: 16 }
/** Channels of the keys, from too few to enough. */
const keyWidths = [2, 4, 16]

/** Numbers in the state of one head: features by values and their sum. */
const stateOf = (keyWidth: number) => taylorKernel.width(keyWidth) * (dim + 1)

export const based: Demonstration = {
  id: 'based',
  files: ['mechanisms/linear-attention/based.ts', 'nn/kernel-attention.ts', 'models/presets.ts'],
  seed: 1,
  changed: 'sizes: two layers of 64 features and one head, 16 pairs in 64 tokens, 700 steps',
  async run(lab) {
    const recalling = keyWidths.map((keyWidth) => ({ name: `keys of ${keyWidth}`, second: { id: 'based', keyWidth } }))
    const designs = [{ name: 'windows alone', second: window }, ...recalling]
    const scores = await lab.each(designs, async ({ name, second }, own) => {
      own.progress(`training with ${name}`)
      const model = { dim, layers: 2, heads: 1, mixers: [window, second], bias: false }
      const learned = await learnTask(own, task, { model, steps: 700, batch: 32, rate: 4e-3, schedule: 'wsd' })
      return (await learned.score()).score
    })
    const [alone, ...recalled] = scores
    const best = recalled[recalled.length - 1]
    return {
      claims: [
        await expansion(lab),
        await formsAgree(lab, mixer, 'token by token, by chunks and at once agree to 1e-5, gradients to 1e-4'),
        {
          says: `recall of ${pairs} pairs rises with the size of the state to more than 99%`,
          holds: best > 0.99 && recalled.every((score, i) => i === 0 || score > recalled[i - 1]),
          figures: recalled.map((score, i) => {
            const size = `${stateOf(keyWidths[i])} numbers, keys of ${keyWidths[i]}`
            return { name: `accuracy with a state of ${size}`, value: score, tolerance: score > 0.99 ? 0.02 : 0.1 }
          }),
        },
        {
          says: 'windows of 16 tokens alone, in both layers, fail',
          holds: alone < 0.5,
          figures: [{ name: 'accuracy of windows alone', value: alone, tolerance: 0.1 }],
        },
      ],
      sentence: `Accuracy on ${pairs} pairs is ${recalled.map((score, i) => `${score.toFixed(3)} with ${stateOf(keyWidths[i])} numbers of state`).join(', ')}, and ${alone.toFixed(3)} with windows alone.`,
    }
  },
}

/** φ(q)·φ(k) beside the expansion in float64, over the largest. */
async function expansion(lab: Lab): Promise<Claim> {
  const shape = [256, 16]
  const draw = (name: string): TensorData => {
    return { shape, dtype: 'f32', data: gaussian(0.5)(shape, parameterStream(lab.seed, name)) }
  }
  const [q, k] = [draw('q'), draw('k')]
  const { product } = await compute(lab, { q, k }, (given) => ({
    product: sum(mul(taylorKernel.features(given.q), taylorKernel.features(given.k)), -1),
  }))
  const expected = Array.from({ length: shape[0] }, (_, row) => {
    let s = 0
    for (let i = row * shape[1]; i < (row + 1) * shape[1]; i++) s += q.data[i] * k.data[i]
    return 1 + s + (s * s) / 2
  })
  const error = Math.max(...expected.map((value, row) => Math.abs(product.data[row] - value) / value))
  return {
    says: 'products of features are 1 + s + s²/2 to 1e-6',
    holds: error <= 1e-6,
    figures: [{ name: 'largest relative error of a product', value: error, tolerance: 1e-6 }],
  }
}
