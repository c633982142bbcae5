/** LSSL: one layer as a recurrence, a convolution, and a system in continuous time. */
import { lssl } from '../../../mechanisms/index.js'
import { generated } from '../../../tasks/generated.js'
import type { ExampleSource } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnTask, type TaskLearner } from '../../lab/index.js'
import { agreement } from './agreement.js'

const length = 1024
const delay = 256
/** Positions of a signal at the sampling rate of the training. */
const sampled = 256

export const lsslDemonstration: Demonstration = {
  id: 'lssl',
  files: ['mechanisms/state-space/lssl.ts', 'nn/dense-state.ts', 'nn/hippo.ts'],
  seed: 1,
  changed:
    'Speech at two sampling rates became tones whose pitch is to be told, and the long-delay task a signal to be given back after 256 steps.',
  async run(lab) {
    lab.progress(`comparing forms at length ${length}`)
    const error = await agreement(lab, lssl, { state: 64 }, 8, length)
    const [hippo, random] = await lab.each(['hippo', 'random'], async (transition, own) => {
      own.progress(`${transition}: learning to delay by ${delay}`)
      const mixer = { id: 'lssl', state: 64, transition, smallestStep: 1 / 512, largestStep: 1 / 128 }
      return (await learnSignal(own, delayLine(), mixer, 250)).score(100)
    })
    const pitch = await learnSignal(lab, tones(sampled), { id: 'lssl', smallestStep: 1 / 128, largestStep: 1 / 8 }, 400)
    const at = async (rate: number, rescaled: boolean) => {
      await setSteps(pitch, rescaled ? 1 / rate : 1)
      const { score } = await pitch.score(300, { source: tones(sampled * rate), metric: 'squaredError' })
      await setSteps(pitch, rescaled ? rate : 1)
      return score
    }
    const rates = [1, 2, 0.5]
    const transfers: { rate: number; rescaled: number; same: number }[] = []
    for (const rate of rates) transfers.push({ rate, rescaled: await at(rate, true), same: await at(rate, false) })
    const [trained, ...others] = transfers
    return {
      claims: [
        {
          says: `token by token it gives what the convolution gives, to 1e-4 at length ${length}`,
          holds: error <= 1e-4,
          figures: [{ name: 'recurrence: largest error over largest value', value: error, tolerance: 1e-4 }],
        },
        await formsAgree(lab, lssl),
        {
          says: `started as HiPPO it learns to give a signal back after ${delay} steps (error below a tenth of the variance); started by chance it stays above half`,
          holds: hippo.score < 0.1 && random.score > 0.5,
          figures: [
            { name: 'HiPPO: squared error over variance', value: hippo.score, tolerance: 0.05 },
            { name: 'random A: squared error over variance', value: random.score, tolerance: 0.2 },
          ],
        },
        {
          says: 'at twice and at half the sampling rate it keeps telling pitches (error below a tenth of the variance) once Δ is scaled along, and fails where Δ is left (above half)',
          holds: others.every(({ rescaled, same }) => rescaled < 0.1 && same > 0.5),
          figures: transfers.flatMap(({ rate, rescaled, same }) => [
            { name: `rate × ${rate}, Δ ÷ ${rate}: squared error over variance`, value: rescaled, tolerance: 0.05 },
            ...(rate === 1
              ? []
              : [
                  {
                    name: `rate × ${rate}, Δ as trained: squared error over variance`,
                    value: same,
                    tolerance: same / 2,
                  },
                ]),
          ]),
        },
      ],
      sentence: `Recurrence and convolution differ by ${error.toExponential(1)}; a delay of ${delay} leaves ${(100 * hippo.score).toFixed(1)} % of the variance from HiPPO and ${(100 * random.score).toFixed(0)} % from a random A; pitches learned with ${(100 * trained.same).toFixed(1)} % are told with ${others.map(({ rescaled }) => (100 * rescaled).toFixed(1)).join(' and ')} % at twice and half the sampling rate.`,
    }
  },
}

function learnSignal(
  lab: Lab,
  source: ExampleSource,
  mixer: { readonly id: string; readonly [setting: string]: unknown },
  steps: number,
): Promise<TaskLearner> {
  return learnTask(
    lab,
    { source, metric: 'squaredError' },
    { model: { dim: 32, layers: 1, mixers: [mixer], norm: 'none' }, steps, batch: 16, rate: 4e-3, schedule: 'wsd' },
  )
}

/** Multiplies all steps. */
async function setSteps({ store }: TaskLearner, factor: number): Promise<void> {
  const path = 'parameters.blocks.0.mixer.logStep'
  const { [path]: value } = await store.read([path])
  await store.write({ [path]: { ...value, data: value.data.map((entry) => entry + Math.log(factor)) } })
}

/** A sum of six slow waves of variance 1, to be given back later. */
function delayLine(): ExampleSource {
  const T = 2 * delay
  return generated({
    task: 'delay-line',
    input: { kind: 'vectors', width: 1 },
    output: { kind: 'values', outputs: 1 },
    length: T,
    answers: T - delay,
    chance: 1,
    draw(random) {
      const waves = Array.from({ length: 6 }, () => ({
        speed: (2 * Math.PI) / random.between(64, 257),
        start: 2 * Math.PI * random.uniform(),
      }))
      const inputs = Float32Array.from({ length: T }, (_, t) => {
        return waves.reduce((total, { speed, start }) => total + Math.sin(speed * t + start) / Math.sqrt(3), 0)
      })
      return {
        inputs,
        targets: Float32Array.from({ length: T }, (_, t) => (t < delay ? 0 : inputs[t - delay])),
        weights: Float32Array.from({ length: T }, (_, t) => Number(t >= delay)),
      }
    },
    show: ({ inputs }) => ({ input: inputs.join(' '), answer: `the same ${delay} later` }),
  })
}

/** A tone of 2 to 12 turns in `samples` positions; its pitch, with variance 1, is asked at the end. */
function tones(samples: number): ExampleSource {
  return generated({
    task: 'tones',
    input: { kind: 'vectors', width: 1 },
    output: { kind: 'values', outputs: 1 },
    length: samples,
    answers: 1,
    chance: 1,
    draw(random) {
      const [turns, start, loudness] = [
        2 + 10 * random.uniform(),
        2 * Math.PI * random.uniform(),
        0.5 + random.uniform(),
      ]
      const inputs = Float32Array.from({ length: samples }, (_, t) => {
        return loudness * Math.sin((2 * Math.PI * turns * t) / samples + start)
      })
      const last = (value: number) => Float32Array.from({ length: samples }, (_, t) => (t === samples - 1 ? value : 0))
      return { inputs, targets: last((turns - 7) / Math.sqrt(100 / 12)), weights: last(1) }
    },
    show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: String(targets[samples - 1]) }),
  })
}
