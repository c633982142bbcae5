/** The QRNN hybrid: two thirds of the attention layers give way to quasi-recurrent ones. */
import { concat, slice } from '../../../engine/index.js'
import { qrnn } from '../../../mechanisms/index.js'
import { preset } from '../../../models/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, computeExactly, largestError, learnText } from '../../lab/index.js'
import { alone, drawn, type Tensors } from './alone.js'

const dim = 64
/** A quasi-recurrent layer has 3 d² parameters more than attention: a wider MLP makes up for two of them in three. */
const contestants = {
  hybrid: { ...preset('qrnn-hybrid'), channelWidth: 3 * dim },
  attention: { ...preset('transformer'), channelWidth: 4 * dim },
}
const seeds = [1, 2]

/** A sequence at once in f32 and one token after the other, both against float64. */
async function formErrors(lab: Lab) {
  const T = 128
  const net = alone(qrnn, {}, dim)
  const given = drawn(lab.seed, [{ path: 'x', shape: [2, T, dim] }, ...net.parameters])
  const whole = (all: Tensors) => ({ y: net.run(all, all.x).y })
  const stepped = (all: Tensors) => {
    let state = net.start(2)
    const ys = Array.from({ length: T }, (_, t) => {
      const result = net.run(all, slice(all.x, 1, t, t + 1), state)
      state = result.state
      return result.y
    })
    return { y: concat(ys, 1) }
  }
  const exact = computeExactly(given, stepped)
  const [scanned, sequential] = [await compute(lab, given, whole), await compute(lab, given, stepped)]
  return { scan: largestError(scanned.y, exact.y), sequential: largestError(sequential.y, exact.y) }
}

export const qrnnHybridDemonstration: Demonstration = {
  id: 'qrnn-transformer-hybrid',
  files: ['mechanisms/recurrent/qrnn.ts', 'models/presets.ts'],
  seed: 1,
  changed:
    'the text is the 1.1 MB of plays that come with the package instead of 5 MB of characters; three layers of 64 features, 600 steps, the mean of two seeds; no memory of earlier segments',
  async run(lab) {
    lab.progress('comparing forms')
    const errors = await formErrors(lab)
    const runs = Object.entries(contestants).flatMap(([name, model]) => seeds.map((seed) => ({ name, model, seed })))
    const learned = await lab.each(runs, async ({ name, model, seed }, own) => {
      own.progress(`training ${name}, seed ${seed}`)
      const trained = await learnText(own, {
        model: { ...model, dim, layers: 3 },
        seed,
        steps: 600,
        batch: 16,
        context: 128,
        rate: 3e-3,
      })
      return { name, bits: (await trained.loss()) / Math.LN2, parameters: trained.model.parameterCount }
    })
    const of = (wanted: string) => learned.filter(({ name }) => name === wanted)
    const mean = (name: string) => of(name).reduce((sum, { bits }) => sum + bits, 0) / seeds.length
    const [hybrid, attention] = [mean('hybrid'), mean('attention')]
    const worst = Math.max(errors.scan, errors.sequential)
    return {
      claims: [
        {
          says: 'the scan over a sequence and the recurrence token by token agree to 1e-6',
          holds: worst <= 1e-6,
          figures: [
            { name: 'scan in f32: largest relative error', value: errors.scan, tolerance: 1e-6 },
            { name: 'token by token in f32: largest relative error', value: errors.sequential, tolerance: 1e-6 },
          ],
        },
        {
          says: 'with one attention layer in three and as many parameters, a character costs no more bits than with attention alone',
          holds: hybrid <= attention,
          figures: [
            { name: 'hybrid: bits per character', value: hybrid, tolerance: 0.05 },
            { name: 'attention: bits per character', value: attention, tolerance: 0.05 },
            { name: 'hybrid: parameters', value: of('hybrid')[0].parameters, tolerance: 0 },
            { name: 'attention: parameters', value: of('attention')[0].parameters, tolerance: 0 },
          ],
        },
      ],
      sentence: `Scan and steps agree to ${worst.toExponential(1)}; with one attention layer in three a character costs ${hybrid.toFixed(3)} bits, with attention alone ${attention.toFixed(3)}.`,
    }
  },
}
