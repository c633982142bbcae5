/** Gated convolutions: how far a stack sees, which gate learns text best, and how fast a text is scored. */
import { gatedConvnet } from '../../../mechanisms/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnText, timeInTurns } from '../../lab/index.js'
import { reading, receptiveField } from './receptive-field.js'

const stacks = [
  { layers: 1, taps: 4 },
  { layers: 2, taps: 3 },
  { layers: 3, taps: 5 },
]
/** A kernel without a gate has half the parameters, so the units without one get more channels. */
const flat = { layers: 2, gated: 48, plain: 64, seeds: [1, 2] }
/** Where gradients have more need of a linear path. */
const deep = { layers: 8, gated: 32, plain: 43, seeds: [1] }
const units = ['glu', 'gtu', 'relu'] as const
const steps = 300
const length = 512

export const gatedConvnetDemonstration: Demonstration = {
  id: 'gated-convnet',
  files: ['mechanisms/convolution/gated-convnet.ts', 'nn/look-back.ts'],
  seed: 1,
  changed: `sizes: two layers of 48 channels, and eight of 32, ${steps} steps on characters of plays; units without a gate have 64 and 43 channels, which makes their parameters equal`,
  async run(lab) {
    const agreement = await formsAgree(lab, gatedConvnet)
    const fields = stacks.map(({ layers, taps }) => ({
      name: `tokens that ${layers} ${layers === 1 ? 'layer' : 'layers'} with kernels of ${taps} depend on`,
      value: receptiveField(lab, { layers, mixers: [{ id: 'gated-convnet', taps }] }, 24),
      tolerance: 0,
    }))
    const learned = await textLosses(lab)
    const speed = await scoring(lab)
    const [glu, gtu, relu] = learned.figures.map(({ value }) => value.toFixed(3))
    return {
      claims: [
        agreement,
        {
          says: 'L layers with kernels of K tokens depend on exactly L (K − 1) + 1 tokens, by gradients in float64',
          holds: stacks.every(({ layers, taps }, i) => fields[i].value === layers * (taps - 1) + 1),
          figures: fields,
        },
        learned,
        speed,
      ],
      sentence: `Loss of text ${glu} nats with linear gates, ${gtu} with tanh inside, ${relu} without gates; a text is scored ${speed.figures[0].value.toFixed(0)} times as fast as by an LSTM.`,
    }
  },
}

type Stack = typeof flat

/** Of each unit, the mean loss over the seeds, one after the other, and the parameters. */
async function lossesOf(lab: Lab, { layers, gated, plain, seeds }: Stack) {
  const results = []
  for (const unit of units) {
    let [total, parameters] = [0, 0]
    for (const seed of seeds) {
      lab.progress(`learning text with ${unit}, ${layers} layers, seed ${seed}`)
      const mixers = [{ id: 'gated-convnet', unit }]
      const model = { dim: unit === 'relu' ? plain : gated, layers, mixers, channel: null }
      const learner = await learnText(lab, { model, context: 64, steps, batch: 12, rate: 4e-3, seed })
      total += await learner.loss(16_384)
      parameters = learner.model.parameterCount
    }
    results.push({ unit, loss: total / seeds.length, parameters })
  }
  return results
}
type Losses = Awaited<ReturnType<typeof lossesOf>>

async function textLosses(lab: Lab): Promise<Claim> {
  const [few, many] = await lab.each([flat, deep], (stack, own) => lossesOf(own, stack))
  const best = ([glu, ...others]: Losses) => others.every(({ loss }) => glu.loss < loss)
  const figures = (results: Losses, { layers, seeds }: Stack) => [
    ...results.map(({ unit, loss }) => ({
      name: `${unit}: loss of characters, nats, ${layers} layers, ${seeds.length === 1 ? 'one seed' : `mean of ${seeds.length} seeds`}`,
      value: loss,
      tolerance: 0.03,
    })),
    {
      name: `parameters of relu over those of glu, ${layers} layers`,
      value: results[2].parameters / results[0].parameters,
      tolerance: 0,
    },
  ]
  const said = (results: Losses) => results.map(({ unit, loss }) => `${unit} ${loss.toFixed(3)}`).join(', ')
  const holds = best(few) && best(many)
  return {
    says: 'at equal parameters linear gates reach a lower loss of text than gates over tanh and than ReLU units, in two layers and in eight',
    holds,
    figures: [...figures(few, flat), ...figures(many, deep)],
    ...(!holds && {
      because: `depth is not what lacks: after ${steps} steps two layers have ${said(few)}, eight ${said(many)}`,
    }),
  }
}

async function scoring(lab: Lab): Promise<Claim> {
  lab.progress('timing a text')
  const model = { dim: 48, layers: 2, channel: null }
  const works = await Promise.all(
    ['gated-convnet', 'lstm'].map((id) => reading(lab, { ...model, mixers: [{ id }] }, length)),
  )
  const [ours, theirs] = await timeInTurns(lab, works, { rounds: 9 })
  const ratio = theirs / ours
  return {
    says: `a text of ${length} tokens is scored faster than by an LSTM of as many parameters`,
    holds: ratio > 1,
    figures: [{ name: 'time of the LSTM over that of gated convolutions', value: ratio, tolerance: ratio / 2 }],
  }
}
