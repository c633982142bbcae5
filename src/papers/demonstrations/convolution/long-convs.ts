/** Long Convs: three ways to compute one convolution, and whether squashing small kernel values makes it learn better. */
import { fftConvolution, type TensorData } from '../../../engine/index.js'
import { longConv } from '../../../mechanisms/index.js'
import { createRandom, type ExampleSource } from '../../../tasks/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask } from '../../lab/index.js'

const length = 1024
const steps = 250
const squash = 0.005
const channels = 32
const seeds = [2, 3]
/** The sequences to learn from are few, so that there is something to overfit. */
const lessons = 512
const letters = 8
const lag = 600

/** Letters at random; the last token asks for the one that stood 600 before it. */
const farLetter: ExampleSource = {
  input: { kind: 'tokens', vocabulary: letters },
  output: { kind: 'tokens' },
  length,
  answers: 1,
  chance: 1 / letters,
  size: () => Number.POSITIVE_INFINITY,
  example(part, index, stream = 0) {
    const random = part === 'train' ? createRandom(0, 1, index % lessons) : createRandom(stream, part.length, index)
    const inputs = Int32Array.from({ length }, () => random.below(letters))
    const [targets, weights] = [new Int32Array(length), new Float32Array(length)]
    targets[length - 1] = inputs[length - 1 - lag]
    weights[length - 1] = 1
    return { inputs, targets, weights }
  },
  show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: String(targets[length - 1]) }),
}

/** The Fourier transform by halves, in float64: log T layers of butterflies. Lengths are powers of two. */
function butterflies(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const n = re.length
  if (n === 1) return [re, im]
  const every = (x: Float64Array, from: number) => x.filter((_, i) => i % 2 === from)
  const [evenRe, evenIm] = butterflies(every(re, 0), every(im, 0))
  const [oddRe, oddIm] = butterflies(every(re, 1), every(im, 1))
  const [outRe, outIm] = [new Float64Array(n), new Float64Array(n)]
  for (let k = 0; k < n / 2; k++) {
    const [c, s] = [Math.cos((2 * Math.PI * k) / n), -Math.sin((2 * Math.PI * k) / n)]
    const [turnedRe, turnedIm] = [c * oddRe[k] - s * oddIm[k], c * oddIm[k] + s * oddRe[k]]
    outRe[k] = evenRe[k] + turnedRe
    outIm[k] = evenIm[k] + turnedIm
    outRe[k + n / 2] = evenRe[k] - turnedRe
    outIm[k + n / 2] = evenIm[k] - turnedIm
  }
  return [outRe, outIm]
}

const spectrum = (values: ArrayLike<number>, size: number) => {
  const filled = new Float64Array(size)
  filled.set(Array.from(values))
  return butterflies(filled, new Float64Array(size))
}

/** x * kernel by butterflies: the inverse transform is the transform with both parts exchanged. */
function byButterflies(x: Float32Array, kernel: Float32Array): TensorData {
  const size = 2 * x.length
  const [a, b] = [spectrum(x, size), spectrum(kernel, size)]
  const re = a[0].map((value, k) => value * b[0][k] - a[1][k] * b[1][k])
  const im = a[0].map((value, k) => value * b[1][k] + a[1][k] * b[0][k])
  const [, back] = butterflies(im, re)
  return { shape: [x.length], dtype: 'f32', data: back.slice(0, x.length).map((value) => value / size) }
}

function byDefinition(x: Float32Array, kernel: Float32Array): TensorData {
  const data = Float64Array.from(x, (_, t) => {
    let sum = 0
    for (let s = 0; s <= t; s++) sum += kernel[t - s] * x[s]
    return sum
  })
  return { shape: [x.length], dtype: 'f32', data }
}

const noise = (seed: number) => {
  const random = createRandom(seed)
  return Float32Array.from({ length }, () => random.normal())
}

/** How much a kernel's spectrum changes from one frequency to the next, over how much there is of it. */
function roughness(kernel: ArrayLike<number>): number {
  const [re, im] = spectrum(kernel, 2 * length)
  let [changed, all] = [0, 0]
  for (let k = 1; k < 2 * length; k++) {
    changed += (re[k] - re[k - 1]) ** 2 + (im[k] - im[k - 1]) ** 2
    all += re[k] ** 2 + im[k] ** 2
  }
  return changed / all
}

/** One layer that learns the lessons: how it does on others, and how rough its kernels are, on average. */
async function learn(lab: Lab, by: number, seed: number) {
  const mixers = [{ id: 'long-conv', length, squash: by }]
  const learned = await learnTask(
    lab,
    { source: farLetter, metric: 'accuracy' },
    { model: { dim: channels, layers: 1, mixers, norm: 'layer', bias: false }, steps, batch: 16, rate: 2e-3, seed },
  )
  const path = 'parameters.blocks.0.mixer.kernel'
  const { data } = (await learned.store.read([path]))[path]
  const kernels = Float64Array.from(data, (value) => Math.sign(value) * Math.max(Math.abs(value) - by, 0))
  const rough = Array.from({ length: channels }, (_, c) => roughness(kernels.slice(c * length, (c + 1) * length)))
  const zeros = kernels.filter((value) => value === 0).length / kernels.length
  return { score: (await learned.score(400)).score, rough: mean(rough), zeros }
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

export const longConvsDemonstration: Demonstration = {
  id: 'long-convs',
  files: ['mechanisms/convolution/long-conv.ts', 'nn/long-convolution.ts', 'engine/operators/fourier.ts'],
  seed: 1,
  changed:
    'smoothness is that of the spectrum, neighbouring frequencies compared, which is where the paper argues for it; ' +
    `the toy: which of ${letters} letters stood ${lag} tokens back, from ${lessons} sequences of ${length}; the squash was the better one of 0.005 and 0.02 at another seed`,
  async run(lab) {
    const agreement = await formsAgree(lab, longConv)
    const [x, kernel] = [noise(1), noise(2)]
    const vector = (data: Float32Array): TensorData => ({ shape: [length], dtype: 'f32', data })
    const { y } = await compute(lab, { x: vector(x), kernel: vector(kernel) }, (given) => ({
      y: fftConvolution(given.x, given.kernel),
    }))
    const direct = byDefinition(x, kernel)
    const errors = [
      ['two-factor products of the engine', largestError(y, direct)],
      ['butterflies by halves', largestError(byButterflies(x, kernel), direct)],
    ] as const
    const trials = seeds.flatMap((seed) => [squash, 0].map((by) => ({ seed, by })))
    const results = await lab.each(trials, async ({ seed, by }, own) => {
      own.progress(`training with squash ${by}, seed ${seed}`)
      return { by, ...(await learn(own, by, seed)) }
    })
    const of = (by: number, what: 'score' | 'rough' | 'zeros') =>
      mean(results.filter((result) => result.by === by).map((result) => result[what]))
    const better = of(squash, 'score') > Math.max(of(0, 'score') + 0.02, 1.5 / letters)
    const smoother = of(squash, 'rough') < of(0, 'rough')
    return {
      claims: [
        agreement,
        {
          says: 'block butterflies, butterflies by halves and the direct sum give one convolution, to 1e-5',
          holds: errors.every(([, error]) => error <= 1e-5),
          figures: errors.map(([name, error]) => ({
            name: `${name} against the direct sum at length ${length}: largest error`,
            value: error,
            tolerance: 1e-5,
          })),
        },
        {
          says: 'squashed kernels have the smoother spectrum',
          holds: smoother,
          figures: [squash, 0].flatMap((by) => [
            { name: `squash ${by}: change between neighbouring frequencies`, value: of(by, 'rough'), tolerance: 0.3 },
            { name: `squash ${by}: share of kernel values that are 0`, value: of(by, 'zeros'), tolerance: 0.05 },
          ]),
          ...(!smoother && { because: 'values that are left lie at all lags alike' }),
        },
        {
          says: 'they classify more of the sequences that were not learned',
          holds: better,
          figures: [squash, 0].map((by) => ({
            name: `squash ${by}: accuracy, mean of ${seeds.length} seeds`,
            value: of(by, 'score'),
            tolerance: 0.08,
          })),
          ...(!better && {
            because: 'what is squashed at the start gets no gradient, so lags that matter may stay dead',
          }),
        },
      ],
      sentence: `Accuracy ${of(squash, 'score').toFixed(3)} with squashed kernels and ${of(0, 'score').toFixed(3)} without; ${Math.round(100 * of(squash, 'zeros'))} % of the squashed values are 0.`,
    }
  },
}
