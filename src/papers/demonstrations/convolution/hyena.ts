/** Hyena: its fast convolution against the definition, and recall over 512 tokens, where a convolution without gates fails. */
import { slice, type TensorData, zeros } from '../../../engine/index.js'
import { hyena } from '../../../mechanisms/index.js'
import { longConvolution, longConvolutionByPairs } from '../../../nn/index.js'
import { createRandom, generated } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask } from '../../lab/index.js'

const length = 512
const letters = 10
const steps = 900
const mixers = { gated: [{ id: 'hyena', length }], plain: [{ id: 'long-conv', length, squash: 0 }] }

/** Pairs of a key and its value; at every key that was there before, its value is asked for. Vocabulary 20. */
const recall = generated({
  task: 'recall at every key',
  input: { kind: 'tokens', vocabulary: 2 * letters },
  output: { kind: 'tokens' },
  length,
  answers: length / 2,
  chance: 1 / letters,
  draw(random) {
    const bound = new Map<number, number>()
    const [inputs, targets] = [new Int32Array(length), new Int32Array(length)]
    const weights = new Float32Array(length)
    for (let at = 0; at < length; at += 2) {
      const key = random.below(letters)
      const value = bound.get(key) ?? letters + random.below(letters)
      inputs.set([key, value], at)
      if (bound.has(key)) {
        targets[at] = value
        weights[at] = 1
      }
      bound.set(key, value)
    }
    return { inputs, targets, weights }
  },
  show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: targets.join(' ') }),
})

const shape = { batch: 2, T: 1024, channels: 8 }

/** The fast convolution of noise against its definition, and what a change of the second half does to the first. */
async function convolutions(lab: Lab) {
  const { batch, T, channels } = shape
  const random = createRandom(3)
  const noise = (count: number) => Float32Array.from({ length: count }, () => random.normal())
  const inputs = {
    x: { shape: [batch, T, channels], dtype: 'f32', data: noise(batch * T * channels) },
    kernel: { shape: [channels, T], dtype: 'f32', data: noise(channels * T) },
  } satisfies Record<string, TensorData>
  const nothing = () => ({ tokens: zeros([batch, 0, channels]), numbers: zeros([batch, 0], 'i32') })
  const run = (given: typeof inputs, convolve: typeof longConvolution) =>
    compute(lab, given, ({ x, kernel }) => {
      const y = convolve(x, kernel, nothing(), {})
      return { y, first: slice(y, 1, 0, T / 2) }
    })
  const fast = await run(inputs, longConvolution)
  const pairs = await run(inputs, longConvolutionByPairs)
  const changed = { ...inputs.x, data: inputs.x.data.slice() }
  for (let b = 0; b < batch; b++) {
    for (let i = (T / 2) * channels; i < T * channels; i++) changed.data[b * T * channels + i] += 1
  }
  const after = await run({ ...inputs, x: changed }, longConvolution)
  return { difference: largestError(fast.y, pairs.y), leak: largestError(after.first, fast.first) }
}

export const hyenaDemonstration: Demonstration = {
  id: 'hyena',
  files: ['mechanisms/convolution/hyena.ts', 'nn/implicit-filter.ts', 'nn/long-convolution.ts'],
  seed: 1,
  changed:
    'every key that comes again is asked for, not the last alone, so that minutes of training are enough; ' +
    'transforms spread rounding errors to all positions, so a change of the future shows as such an error, not as exactly 0',
  async run(lab) {
    const { difference, leak } = await convolutions(lab)
    const model = { dim: 64, norm: 'layer', bias: false } as const
    const learning = { batch: 8, rate: 6e-3, schedule: 'wsd' } as const
    const lesson = { source: recall, metric: 'accuracy' } as const
    lab.progress('training hyena')
    const gated = await learnTask(lab, lesson, {
      ...learning,
      model: { ...model, layers: 1, mixers: mixers.gated },
      steps,
      until: { score: 0.98, every: 50 },
    })
    lab.progress('training the convolution without gates')
    const plain = await learnTask(lab, lesson, {
      ...learning,
      model: { ...model, layers: 2, mixers: mixers.plain },
      // Of two layers, so that half as many are as much training.
      steps: Math.ceil(gated.steps / 2),
    })
    const [ours, theirs] = [(await gated.score(100)).score, (await plain.score(100)).score]
    const recalls = ours > 0.95 && theirs < 0.8
    return {
      claims: [
        await formsAgree(lab, hyena),
        {
          says: 'convolution by Fourier transforms is the sum over all pairs of tokens, to 1e-5, and keeps the future out',
          holds: difference <= 1e-5 && leak <= 1e-5,
          figures: [
            {
              name: `transforms against pairs at length ${shape.T}: largest error`,
              value: difference,
              tolerance: 1e-5,
            },
            { name: 'what other later tokens change of the earlier half', value: leak, tolerance: 1e-5 },
          ],
        },
        {
          says: `over ${length} tokens of a vocabulary of ${2 * letters} one layer recalls more than 95 % of values, where two of convolutions without gates fail`,
          holds: recalls,
          figures: [
            { name: 'Hyena: accuracy of recall', value: ours, tolerance: 0.05 },
            {
              name: 'two layers of convolutions without gates, half as many steps: accuracy of recall',
              value: theirs,
              tolerance: 0.15,
            },
          ],
          ...(!recalls && { because: `${gated.steps} steps of ${learning.batch} sequences were not enough` }),
        },
        {
          says: 'it is faster than fused attention from 8,192 tokens on',
          holds: 'planned',
          figures: [],
          because: 'there is no fused attention of our own to compare with yet',
        },
      ],
      sentence: `After ${gated.steps} steps Hyena recalls ${(100 * ours).toFixed(1)} % of values over ${length} tokens, a convolution without gates ${(100 * theirs).toFixed(1)} %.`,
    }
  },
}
