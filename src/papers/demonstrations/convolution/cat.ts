/** CAT: whether turning one softmax around the sequence does for masked text what attention does, and at what cost. */
import { openSplit, parseTokenizer } from '../../../data/index.js'
import {
  concat,
  fftConvolution,
  gather,
  iota,
  matmul,
  mod,
  reshape,
  type Spec,
  slice,
  sub,
  type Tensor,
  type TensorData,
  trace,
  unsqueeze,
  zeros,
} from '../../../engine/index.js'
import { cat, type Mixer, softmaxAttention } from '../../../mechanisms/index.js'
import { attend } from '../../../nn/index.js'
import { platform } from '../../../platform/index.js'
import { createRandom, type ExampleSource } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, largestError, learnTask } from '../../lab/index.js'

const context = 64
const share = 0.15
const steps = 700
/** Both learn what the positions are, as in the paper: by content alone CAT could not tell one distance from another. */
const frame = { norm: 'layer', bias: false, positions: 'learned', maxPositions: context } as const

/** Softmax attention that sees both ways. */
const bothWays: Mixer = {
  ...softmaxAttention,
  id: 'softmax, both ways',
  causal: false,
  prefix: false,
  chunked: undefined,
  step: undefined,
  state: () => ({}),
  parallel: ({ q, k, v }) => ({ y: attend(q, k, v, zeros([q.shape[2], q.shape[2]])), state: {} }),
}

/** Windows of the lab's text with every seventh character or so masked, to be told from those around it. */
async function maskedText(lab: Lab): Promise<ExampleSource> {
  const tokenizer = await parseTokenizer('char', lab.text)
  const split = await openSplit(lab.text, tokenizer)
  const text = {
    train: await split.train.read(0, split.train.length),
    validation: await split.validation.read(0, split.validation.length),
  }
  const mask = tokenizer.vocabularySize
  return {
    input: { kind: 'tokens', vocabulary: mask + 1 },
    output: { kind: 'tokens' },
    length: context,
    answers: context,
    chance: 1 / mask,
    size: () => Number.POSITIVE_INFINITY,
    example(part, index, stream = 0) {
      const from = text[part === 'train' ? 'train' : 'validation']
      const random = createRandom(stream, part.length, index)
      const start = random.below(from.length - context)
      const targets = Int32Array.from(from.subarray(start, start + context))
      const weights = Float32Array.from(targets, () => (random.chance(share) ? 1 : 0))
      return { inputs: targets.map((token, t) => (weights[t] === 1 ? mask : token)), targets, weights }
    },
    show: ({ inputs }) => ({ input: inputs.join(' '), answer: '' }),
  }
}

const random = (length: number, seed: number) => {
  const draw = createRandom(seed, length)
  return Float32Array.from({ length }, () => draw.normal())
}

/** A circular convolution of T values in 64 channels, by transforms or with the matrix written out: its best time of five. */
async function circular(lab: Lab, T: number, how: 'transforms' | 'matrix') {
  const specs: { weights: Spec; values: Spec } = {
    weights: { shape: [1, T], dtype: 'f32' },
    values: { shape: [64, T], dtype: 'f32' },
  }
  const program = trace(({ weights, values }: { weights: Tensor; values: Tensor }) => {
    if (how === 'transforms') return [slice(fftConvolution(concat([values, values], 1), weights), 1, T)]
    const turned = reshape(gather(weights, mod(sub(unsqueeze(iota(T), 1), iota(T)), T), 1), [T, T])
    return [matmul(values, turned, { transposeB: true })]
  }, specs)
  const executable = await lab.executor.compile(program)
  const feeds = [
    { ...specs.weights, data: random(T, 1).map((value) => Math.exp(value) / T) },
    { ...specs.values, data: random(64 * T, 2) },
  ]
  let [y, seconds] = [feeds[1] as TensorData, Number.POSITIVE_INFINITY]
  for (let run = 0; run < 5; run++) {
    const began = platform().now()
    ;[y] = await executable.run(feeds)
    seconds = Math.min(seconds, (platform().now() - began) / 1000)
  }
  await executable.release()
  return { y, seconds }
}

/** How time grows: the exponent of T between two lengths. */
async function growth(lab: Lab, how: 'transforms' | 'matrix', from: number, to: number): Promise<number> {
  const [short, long] = [await circular(lab, from, how), await circular(lab, to, how)]
  return Math.log(long.seconds / short.seconds) / Math.log(to / from)
}

export const catDemonstration: Demonstration = {
  id: 'cat',
  files: ['mechanisms/convolution/cat.ts', 'nn/circulant.ts'],
  seed: 1,
  changed: `sizes: two layers of 64 features, ${steps} steps on 1.1 MB of plays, ${100 * share} % of the characters masked`,
  async run(lab) {
    const agreement = await formsAgree(lab, cat, 'both variants keep the contract; nothing leaks where it is causal')
    const pairs = [999, 1024]
    const errors: number[] = []
    for (const T of pairs)
      errors.push(largestError((await circular(lab, T, 'transforms')).y, (await circular(lab, T, 'matrix')).y))
    const fast = await growth(lab, 'transforms', 2048, 16_384)
    const direct = await growth(lab, 'matrix', 1024, 4096)
    const source = await maskedText(lab)
    const mixers = [{ id: 'cat', causal: false }, { id: bothWays.id }]
    const [turned, attention] = await lab.each(mixers, async (mixer, own) => {
      own.progress(`training ${mixer.id} on masked text`)
      const learned = await learnTask(
        own,
        { source, metric: 'loss' },
        {
          model: { dim: 64, layers: 2, heads: 4, mixers: [mixer], ...frame },
          own: { mixers: [bothWays] },
          steps,
          batch: 16,
          rate: 3e-3,
        },
      )
      return { loss: (await learned.score(600)).loss, parameters: learned.model.parameterCount }
    })
    const ratio = turned.loss / attention.loss
    return {
      claims: [
        agreement,
        {
          says: 'the product of transforms is the circulant matrix times the values, to 1e-5',
          holds: Math.max(...errors) <= 1e-5,
          figures: pairs.map((T, i) => ({
            name: `transforms against the matrix at length ${T}: largest error`,
            value: errors[i],
            tolerance: 1e-5,
          })),
        },
        {
          says: 'its time grows as T log T, an exponent of at most 1.3, where that of the matrix grows as T²',
          holds: fast <= 1.3 && direct >= 1.5,
          figures: [
            { name: 'exponent of the time by transforms, lengths 2,048 to 16,384', value: fast, tolerance: 0.4 },
            { name: 'exponent of the time with the matrix, lengths 1,024 to 4,096', value: direct, tolerance: 0.6 },
          ],
          ...((fast > 1.3 || direct < 1.5) && {
            because: 'the engine’s transforms are products with two factors of the Fourier matrix, T√T products in all',
          }),
        },
        {
          says: 'its loss on masked text is at most 3 % above that of attention',
          holds: ratio <= 1.03,
          figures: [
            { name: 'CAT: loss on masked characters, nats', value: turned.loss, tolerance: 0.06 },
            { name: 'attention: loss on masked characters, nats', value: attention.loss, tolerance: 0.06 },
            { name: 'CAT over attention, less 1', value: ratio - 1, tolerance: 0.03 },
            {
              name: 'CAT: share of the parameters of attention',
              value: turned.parameters / attention.parameters,
              tolerance: 1e-9,
            },
          ],
          ...(ratio > 1.03 && {
            because: 'one set of weights for all tokens cannot look at other places for other gaps',
          }),
        },
      ],
      sentence: `Loss on masked characters ${turned.loss.toFixed(3)} with CAT and ${attention.loss.toFixed(3)} with attention; the time of the mixing grows as T^${fast.toFixed(2)}.`,
    }
  },
}
