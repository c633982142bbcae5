/** TCNCA: what its convolutions see, recall from other chunks beside the moving average, and time by length. */
import { tcnca } from '../../../mechanisms/index.js'
import { generated } from '../../../tasks/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnTask, timeInTurns } from '../../lab/index.js'
import { reading, receptiveField } from './receptive-field.js'

const chunk = 8
const length = 24
const letters = 3
const steps = 1000
const stacks = [
  { taps: 3, levels: 2, growth: 3 },
  { taps: 4, levels: 2, growth: 4 },
  { taps: 2, levels: 5, growth: 2 },
]
const convolutions = { taps: 4, levels: 3, growth: 4 }
const lengths = [512, 2048, 8192]

/** Pairs of a key and its value; asked for at a key that was there before, but not in this chunk. */
const recall = generated({
  task: 'recall from another chunk',
  input: { kind: 'tokens', vocabulary: 2 * letters },
  output: { kind: 'tokens' },
  length,
  answers: length / 2,
  chance: 1 / letters,
  draw(random) {
    const bound = new Map<number, { value: number; seen: number }>()
    const [inputs, targets, weights] = [new Int32Array(length), new Int32Array(length), new Float32Array(length)]
    for (let at = 0; at < length; at += 2) {
      const key = random.below(letters)
      const before = bound.get(key)
      const value = before?.value ?? letters + random.below(letters)
      inputs.set([key, value], at)
      const here = Math.floor(at / chunk)
      if (before && before.seen < here) {
        targets[at] = value
        weights[at] = 1
      }
      bound.set(key, { value, seen: here })
    }
    return { inputs, targets, weights }
  },
  show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: targets.join(' ') }),
})

export const tcncaDemonstration: Demonstration = {
  id: 'tcnca',
  files: [
    'mechanisms/convolution/tcnca.ts',
    'nn/dilated-convolutions.ts',
    'nn/gated-attention.ts',
    'mechanisms/attention/mega.ts',
  ],
  seed: 1,
  changed: `sizes: two layers of 48 channels, chunks of ${chunk}, ${letters} keys in ${length} tokens, ${steps} steps: of 6 keys in 48 tokens, both designs recall 40 % after 500; times on a processor, where the paper has a GPU`,
  async run(lab) {
    const agreement = await formsAgree(lab, tcnca)
    // The last of 49 tokens is the first of its chunk, so that it sees the past through the convolutions alone.
    const fields = stacks.map((stack) => ({
      name: `tokens seen through ${stack.levels} levels of ${stack.taps} taps, strides growing by ${stack.growth}`,
      value: receptiveField(lab, { layers: 1, mixers: [{ id: 'tcnca', ...stack, chunk: 2, keyWidth: 4 }] }, 49),
      tolerance: 0,
    }))
    const recalled = await fromOtherChunks(lab)
    const timed = await byLength(lab)
    const [ours, theirs] = recalled.figures.map(({ value }) => value.toFixed(3))
    return {
      claims: [
        agreement,
        {
          says: 'levels of K taps see exactly 1 + Σ (K − 1) d tokens, by gradients in float64',
          holds: stacks.every(({ taps, levels, growth }, i) => {
            const reach = Array.from({ length: levels }, (_, level) => (taps - 1) * growth ** level)
            return fields[i].value === reach.reduce((a, b) => a + b, 1)
          }),
          figures: fields,
        },
        recalled,
        timed,
      ],
      sentence: `Recall from other chunks ${ours}, with the moving average ${theirs}; a token of ${lengths[2]} costs ${timed.figures[0].value.toFixed(2)} times as much as one of ${lengths[0]}.`,
    }
  },
}

async function fromOtherChunks(lab: Lab): Promise<Claim> {
  const scores = []
  const losses = []
  for (const mixer of [
    { id: 'tcnca', chunk, ...convolutions },
    { id: 'mega', chunk },
  ]) {
    lab.progress(`learning to recall with ${mixer.id}`)
    const model = { dim: 48, layers: 2, mixers: [mixer], channel: null }
    const learned = await learnTask(
      lab,
      { source: recall, metric: 'accuracy' },
      { model, steps, batch: 16, rate: 4e-3, schedule: 'wsd' },
    )
    const { score, loss } = await learned.score(256)
    scores.push(score)
    losses.push(loss.toFixed(3))
  }
  const [ours, theirs] = scores
  const holds = ours > 0.95 && ours >= theirs - 0.01
  return {
    says: 'it recalls more than 95 % of values from other chunks, no fewer than with the moving average',
    holds,
    figures: [
      { name: 'TCNCA: accuracy of recall from other chunks', value: ours, tolerance: ours > 0.95 ? 0.04 : 0.12 },
      { name: 'moving average: accuracy of recall from other chunks', value: theirs, tolerance: 0.12 },
    ],
    ...(!holds && { because: `${steps} steps end with losses of ${losses.join(' and ')} nats an answer` }),
  }
}

async function byLength(lab: Lab): Promise<Claim> {
  lab.progress('timing lengths')
  const frame = { dim: 32, layers: 1, channel: null }
  const mixers = [
    { id: 'tcnca', ...convolutions },
    { id: 'mega', chunk: 64 },
  ]
  const works = await Promise.all(
    mixers.flatMap((mixer) => lengths.map((T) => reading(lab, { ...frame, mixers: [mixer] }, T))),
  )
  const times = await timeInTurns(lab, works)
  const perToken = times[2] / times[0] / (lengths[2] / lengths[0])
  const ratios = lengths.map((_, i) => times[i + lengths.length] / times[i])
  return {
    says: `its time is linear in the length: a token of ${lengths[2]} costs at most 1.5 times one of ${lengths[0]}; the moving average by Fourier transforms beside it`,
    holds: perToken <= 1.5,
    figures: [
      { name: `time of a token at ${lengths[2]} over ${lengths[0]}`, value: perToken, tolerance: 0.6 },
      ...ratios.map((ratio, i) => ({
        name: `time with the moving average over time with convolutions, ${lengths[i]} tokens`,
        value: ratio,
        tolerance: ratio / 2,
      })),
    ],
    ...(perToken > 1.5 && { because: 'the values of so many tokens no longer fit the processor’s caches' }),
  }
}
