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
const units = [
  { unit: 'glu', dim: 48 },
  { unit: 'gtu', dim: 48 },
  { unit: 'relu', dim: 64 },
] as const
const seeds = [1, 2]
const steps = 300
const length = 512

export const gatedConvnetDemonstration: Demonstration = {
  id: 'gated-convnet',
  files: ['mechanisms/convolution/gated-convnet.ts', 'nn/look-back.ts'],
  seed: 1,
  changed: `sizes: two layers of 48 to 64 channels, ${steps} steps on characters of plays; units without a gate have 64 channels, which makes their parameters equal`,
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

/** Mean loss over the seeds of each unit, one after the other. */
async function textLosses(lab: Lab): Promise<Claim> {
  const results = []
  for (const { unit, dim } of units) {
    let [total, parameters] = [0, 0]
    for (const seed of seeds) {
      lab.progress(`learning text with ${unit}, seed ${seed}`)
      const mixers = [{ id: 'gated-convnet', unit }]
      const model = { dim, layers: 2, mixers, channel: null }
      const learner = await learnText(lab, { model, context: 64, steps, batch: 12, rate: 4e-3, seed })
      total += await learner.loss(16_384)
      parameters = learner.model.parameterCount
    }
    results.push({ unit, loss: total / seeds.length, parameters })
  }
  const [glu, gtu, relu] = results
  const holds = glu.loss < gtu.loss && glu.loss < relu.loss
  return {
    says: 'at equal parameters linear gates reach a lower loss of text than gates over tanh and than ReLU units',
    holds,
    figures: [
      ...results.map(({ unit, loss }) => ({
        name: `${unit}: loss of characters, nats, mean of ${seeds.length} seeds`,
        value: loss,
        tolerance: 0.03,
      })),
      { name: 'parameters of relu over those of glu', value: relu.parameters / glu.parameters, tolerance: 0 },
    ],
    ...(!holds && {
      because: `in two layers gradients need no linear path past the tanh, and ${steps} steps leave the units within hundredths of each other`,
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
