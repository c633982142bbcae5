/** LMUFormer: whether its memory holds its window, and whether it names keywords, spiking too, before the end. */
import { full, type TensorData } from '../../../engine/index.js'
import { lmu } from '../../../mechanisms/index.js'
import { lmuformer } from '../../../models/index.js'
import { legendreMemory } from '../../../nn/legendre-memory.js'
import type { Random } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnNetwork } from '../../lab/index.js'
import { agreement } from './agreement.js'

const length = 1024
const window = 256
const frames = 100
const features = 16
/** Sounds by the features that they are loud in; words are three of them in an order. */
const sounds = [2, 5, 8, 11, 14]
const orders = ['012', '021', '102', '120', '201', '210']
const words = [
  [0, 1, 2],
  [2, 3, 4],
].flatMap((set) => orders.map((order) => [...order].map((place) => set[Number(place)])))
/** Share of a clip. */
const early = 0.7

export const lmuformerDemonstration: Demonstration = {
  id: 'lmuformer',
  files: ['models/networks/lmuformer.ts', 'mechanisms/state-space/lmu.ts', 'nn/legendre-memory.ts', 'nn/spiking.ts'],
  seed: 1,
  changed: 'The window is that of a signal with periods of 64 steps and more, of which the memory holds four turns.',
  async run(lab) {
    lab.progress(`comparing forms at length ${length}`)
    const error = await agreement(lab, lmu, { channels: 4, order: 16, window }, 16, length)
    const [enough, few] = [await reconstruction(lab, 24), await reconstruction(lab, 4)]
    const variants = [
      { name: 'GELU', settings: {} },
      { name: 'spiking', settings: { threshold: 0.5 } },
    ]
    const learned = await lab.each(variants, async ({ name, settings }, own) => {
      own.progress(`${name}: learning ${words.length} words`)
      const network = await learnNetwork(own, lmuformer, settings, {
        examples: clips,
        steps: 400,
        batch: 32,
        rate: 3e-3,
      })
      const inputs = network.tested(512)
      const { logits } = await network.ask(inputs)
      const after = (share: number) => accuracy(logits, inputs.label, Math.round(share * frames) - 1)
      return { name, whole: after(1), early: after(early), tooEarly: after(0.25) }
    })
    const figures = learned.flatMap(({ name, whole, early: soon, tooEarly }) => [
      { name: `${name}: accuracy after the whole clip`, value: whole, tolerance: 0.05 },
      { name: `${name}: accuracy after 70 % of it`, value: soon, tolerance: 0.08 },
      { name: `${name}: accuracy after 25 % of it`, value: tooEarly, tolerance: 0.15 },
    ])
    const of = (label: string) => figures.filter(({ name }) => name.includes(label))
    const percent = (value: number) => `${(100 * value).toFixed(0)} %`
    const [plain, spiking] = learned
    return {
      claims: [
        {
          says: `Fourier transforms and steps give the same to 1e-5 at length ${length}`,
          holds: error <= 1e-5,
          figures: [{ name: 'LMU: largest error over largest value', value: error, tolerance: 1e-5 }],
        },
        await formsAgree(lab, lmu),
        {
          says: `24 coefficients give the last ${window} values of a band-limited signal back to 5 % of their size; 4 do not`,
          holds: enough <= 0.05 && few > 0.05,
          figures: [
            { name: 'order 24: error of the window over its size', value: enough, tolerance: 0.005 },
            { name: 'order 4: error of the window over its size', value: few, tolerance: 0.05 },
          ],
        },
        {
          says: 'it names twelve words that differ in the order of their sounds, with and without spikes, more than 95 % of the time',
          holds: learned.every(({ whole }) => whole > 0.95),
          figures: of('whole'),
        },
        {
          says: 'after 70 % of a clip it is within 5 points of that; a quarter of it, in which most words have only begun, leaves at least 25 points less',
          holds: learned.every((one) => one.early >= one.whole - 0.05 && one.tooEarly <= one.whole - 0.25),
          figures: [...of('70 %'), ...of('25 %')],
        },
      ],
      sentence: `The window comes back to ${(100 * enough).toFixed(1)} % of its size; words are named ${percent(plain.whole)} of the time, ${percent(plain.early)} after 70 % of a clip, and with spikes ${percent(spiking.whole)} and ${percent(spiking.early)} (chance 8 %).`,
    }
  },
}

function accuracy({ shape: [count, T, classes], data }: TensorData, label: TensorData, frame: number): number {
  const right = Array.from({ length: count }, (_, row) => {
    const start = (row * T + frame) * classes
    const said = data.subarray(start, start + classes)
    return Number(said.indexOf(Math.max(...said)) === label.data[row])
  })
  return right.reduce((a, b) => a + b, 0) / count
}

/** Words of 36 to 48 frames that begin within the first 22, each sound a bump of its own length over the features, in noise. */
function clips(random: Random, count: number) {
  const label = Int32Array.from({ length: count }, () => random.below(words.length))
  const data = Float32Array.from({ length: count * frames * features }, () => 0.5 * random.normal())
  label.forEach((word, row) => {
    let at = random.below(23)
    for (const sound of words[word]) {
      const end = at + random.between(12, 16)
      const [pitch, loudness] = [sounds[sound] + random.uniform() - 0.5, 0.75 + 0.5 * random.uniform()]
      for (; at < end; at++) {
        for (let feature = 0; feature < features; feature++)
          data[(row * frames + at) * features + feature] += loudness * Math.exp(-((feature - pitch) ** 2) / 2)
      }
    }
  })
  return {
    frames: { shape: [count, frames, features], dtype: 'f32', data },
    label: { shape: [count], dtype: 'i32', data: label },
  } as const
}

/** Root mean square of what the memory's polynomials miss of its window, over that of the window. */
async function reconstruction(lab: Lab, order: number): Promise<number> {
  const signal = Float32Array.from({ length }, (_, t) => {
    return [64, 91, 150].reduce((total, period, phase) => total + Math.sin((2 * Math.PI * t) / period + phase), 0)
  })
  const { state } = await compute(lab, { u: { shape: [1, length, 1], dtype: 'f32', data: signal } }, ({ u }) => ({
    state: legendreMemory({ order, window }, u, full([1, 1, order], 0), {}).state,
  }))
  let [missed, size] = [0, 0]
  for (let ago = 0; ago < window; ago++) {
    const polynomials = legendre(order, (2 * (ago + 0.5)) / window - 1)
    const value = polynomials.reduce((total, polynomial, n) => total + polynomial * state.data[n], 0)
    missed += (value - signal[length - 1 - ago]) ** 2
    size += signal[length - 1 - ago] ** 2
  }
  return Math.sqrt(missed / size)
}

/** P_0 … P_{order−1} at x, by their recursion. */
function legendre(order: number, x: number): number[] {
  const values = [1, x]
  for (let n = 1; values.length < order; n++) values.push(((2 * n + 1) * x * values[n] - n * values[n - 1]) / (n + 1))
  return values.slice(0, order)
}
