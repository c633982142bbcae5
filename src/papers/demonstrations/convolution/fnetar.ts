/** FNetAR: whether every other layer of attention may become a transform that has no parameters. */
import { fourier } from '../../../mechanisms/index.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, learnText } from '../../lab/index.js'

const context = 128
const attention = { id: 'softmax' }
const none = { id: 'fourier', length: 1 }
/** Four layers each. With `length` 1 all frequencies are 0: tokens are averaged, not transformed. */
const models = {
  'attention alone': [attention],
  'Fourier and attention': [{ id: 'fourier', length: context }, attention],
  'averages and attention': [none, attention],
  'Fourier alone': [{ id: 'fourier', length: context }],
}

export const fnetarDemonstration: Demonstration = {
  id: 'fnetar',
  files: ['mechanisms/convolution/fourier.ts', 'mechanisms/attention/softmax.ts', 'models/presets.ts'],
  seed: 1,
  changed:
    'size: four layers of 64 features and 500 steps on 1.1 MB of plays; the paper trains 16 layers on WikiText-103',
  async run(lab) {
    const names = Object.keys(models) as (keyof typeof models)[]
    const results = await lab.each(names, async (name, own) => {
      own.progress(`training ${name}`)
      const model = { dim: 64, layers: 4, heads: 4, mixers: models[name], norm: 'layer', bias: false } as const
      const learned = await learnText(own, { model, steps: 400, batch: 8, context, rate: 3e-3 })
      return { name, perplexity: Math.exp(await learned.loss(16_384)), parameters: learned.model.parameterCount }
    })
    const of = (name: keyof typeof models) => results[names.indexOf(name)]
    const [full, half] = [of('attention alone'), of('Fourier and attention')]
    const ratio = half.perplexity / full.perplexity
    const saved = 1 - half.parameters / full.parameters
    return {
      claims: [
        await formsAgree(
          lab,
          fourier,
          'a later token changes nothing before it; masked matrix and chirp convolution agree',
        ),
        {
          says: 'with Fourier mixing in every other layer the perplexity per character stays within 10 % of attention in all',
          holds: ratio <= 1.1,
          figures: [
            ...results.map(({ name, perplexity }) => ({
              name: `${name}: validation perplexity per character`,
              value: perplexity,
              tolerance: 0.05 * perplexity,
            })),
            { name: 'Fourier and attention over attention alone', value: ratio, tolerance: 0.04 },
          ],
          ...(ratio > 1.1 && { because: 'two layers of attention do not make up for the other two at this size' }),
        },
        {
          says: 'with fewer parameters',
          holds: saved > 0,
          figures: [{ name: 'share of the parameters saved', value: saved, tolerance: 1e-9 }],
        },
      ],
      sentence:
        `Perplexity ${half.perplexity.toFixed(2)} with Fourier mixing in half of the layers, ${full.perplexity.toFixed(2)} with attention in all, ` +
        `${of('Fourier alone').perplexity.toFixed(2)} with Fourier mixing alone, ${of('averages and attention').perplexity.toFixed(2)} with plain averages in its place.`,
    }
  },
}
