/** PolyCom: whether polynomial activations learn a text better than GELU and SwiGLU at equal parameters and steps. */
import { meanInterval } from '../../../evaluation/index.js'
import { polycom } from '../../../mechanisms/index.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, learnText } from '../../lab/index.js'

const activations = {
  PolyNorm: { id: 'polycom', activation: 'polynorm' },
  PolyReLU: { id: 'polycom', activation: 'polyrelu' },
  GELU: { id: 'mlp' },
  SwiGLU: { id: 'swiglu' },
}
type Name = keyof typeof activations
const seeds = [1, 2, 3]
/** Nats below which two means of three seeds say nothing. */
const margin = 0.005

export const polycomDemonstration: Demonstration = {
  id: 'polycom',
  files: ['mechanisms/channel/polycom.ts'],
  seed: 1,
  async run(lab) {
    const trials = Object.keys(activations).flatMap((name) => seeds.map((seed) => ({ name: name as Name, seed })))
    const results = await lab.each(trials, async ({ name, seed }, own) => {
      own.progress(`${name}, seed ${seed}`)
      const model = { dim: 64, layers: 2, mixers: [{ id: 'softmax' }], channel: activations[name], bias: false }
      const learned = await learnText(own, { model, steps: 300, batch: 16, context: 64, rate: 3e-3, seed })
      return { name, loss: await learned.loss(16_384), parameters: learned.model.parameterCount }
    })
    const of = (name: Name) => results.filter((result) => result.name === name)
    const mean = (name: Name) => meanInterval(of(name).map(({ loss }) => loss)).mean
    const losses = (Object.keys(activations) as Name[]).map((name) => ({
      name: `${name}: validation loss, nats per character`,
      value: mean(name),
      tolerance: 0.02,
    }))
    const sizes = results.map(({ parameters }) => parameters)
    const spread = Math.max(...sizes) / Math.min(...sizes) - 1
    const sizesAndLosses = [
      ...losses,
      { name: 'parameters: largest over smallest, less 1', value: spread, tolerance: 1e-9 },
    ]
    const comparisons = (['PolyNorm', 'PolyReLU'] as const).flatMap((name) =>
      (['GELU', 'SwiGLU'] as const).map((rival) => ({ name, rival, lead: mean(rival) - mean(name) })),
    )
    const told = losses.map(({ name, value }) => `${name.split(':')[0]} ${value.toFixed(3)}`).join(', ')
    return {
      claims: [
        { says: 'the models have equal parameters, to 2 %', holds: spread <= 0.02, figures: sizesAndLosses },
        await formsAgree(lab, polycom, 'gradients of both activations match finite differences'),
        ...comparisons.map(({ name, rival, lead }) => ({
          says: `${name} reaches a lower loss than ${rival} at equal parameters and steps, by ${margin} or more`,
          holds: lead >= margin,
          figures: [{ name: `${name}: lead over ${rival}, mean of three seeds`, value: lead, tolerance: 0.008 }],
          ...(lead < margin && { because: 'the lead at two layers and 300 steps is no larger than what seeds do' }),
        })),
      ],
      sentence: `After 300 steps on the plays, three seeds: ${told}.`,
    }
  },
}
