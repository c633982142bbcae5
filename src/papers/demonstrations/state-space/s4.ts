/** S4: whether its kernel is that of HiPPO's memory, its two forms one function, and its reach thousands of tokens. */
import { s4 } from '../../../mechanisms/index.js'
import { generalizedBilinear, legendreScaled, normalLegendre } from '../../../nn/hippo.js'
import { multiplyMatrix } from '../../../nn/host-matrix.js'
import { gaussian, parameterStream } from '../../../nn/initializers.js'
import { runSystem } from '../../../nn/linear-system.js'
import { lowRankSystem } from '../../../nn/low-rank-state.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask } from '../../lab/index.js'
import { delayedClass } from './delayed-class.js'

const length = 1024
const modes = 32
const steps = [1e-3, 1e-2, 1e-1]
const delay = 4096

const values = (shape: readonly number[], data: ArrayLike<number>) =>
  ({ shape, dtype: 'f32', data: Float32Array.from(data) }) as const

export const s4Demonstration: Demonstration = {
  id: 's4',
  files: ['mechanisms/state-space/s4.ts', 'nn/low-rank-state.ts', 'nn/hippo.ts'],
  seed: 1,
  async run(lab) {
    const { kernel, recurrence } = await forms(lab)
    const trials = [
      { name: 'S4', mixer: { id: 's4', modes: 16, smallestStep: 1 / delay, largestStep: 50 / delay }, dim: 32 },
      { name: 'LSTM', mixer: { id: 'lstm' }, dim: 20 },
    ]
    const learned = await lab.each(trials, async ({ name, mixer, dim }, own) => {
      own.progress(`${name}: learning to remember over ${delay} tokens`)
      const lesson = { source: delayedClass(delay), metric: 'accuracy' } as const
      const learner = await learnTask(own, lesson, {
        model: { dim, layers: 1, mixers: [mixer], channel: null },
        steps: 160,
        batch: 8,
        rate: 4e-3,
        schedule: 'wsd',
      })
      const { score } = await learner.score(200)
      return { name, score, parameters: learner.model.parameterCount }
    })
    const [ours, theirs] = learned
    return {
      claims: [
        {
          says: `the kernel through Woodbury's identity and the Cauchy sums equals C Āⁱ B̄ of HiPPO's own matrix to 1e-4 at length ${length}`,
          holds: kernel <= 1e-4,
          figures: [{ name: 'kernel: largest error over largest value', value: kernel, tolerance: 1e-4 }],
        },
        {
          says: `${length} steps of the recurrence equal the convolution to 1e-4`,
          holds: recurrence <= 1e-4,
          figures: [{ name: 'recurrence: largest error over largest value', value: recurrence, tolerance: 1e-4 }],
        },
        await formsAgree(lab, s4),
        {
          says: `it names a class shown in the first sixteenth of ${delay} tokens (over 95 %), where an LSTM of equal size and training stays below 50 %`,
          holds: ours.score > 0.95 && theirs.score < 0.5,
          figures: [
            ...learned.map(({ name, score }) => ({ name: `${name}: accuracy`, value: score, tolerance: 0.1 })),
            ...learned.map(({ name, parameters }) => ({
              name: `${name}: parameters`,
              value: parameters,
              tolerance: 0,
            })),
          ],
        },
      ],
      sentence: `Kernel and recurrence differ from the definition by ${kernel.toExponential(1)} and ${recurrence.toExponential(1)}; after 160 steps on ${delay} tokens S4 names ${(100 * ours.score).toFixed(0)} % of the classes, an LSTM ${(100 * theirs.score).toFixed(0)} % (chance 12.5 %).`,
    }
  },
}

/** Errors in f32 of the kernel against HiPPO's matrix stepped in float64, and of the recurrence against the convolution. */
async function forms(lab: Lab) {
  lab.progress(`comparing kernels of length ${length}`)
  const C = steps.length
  const random = gaussian(1)([C, 2 * modes], parameterStream(lab.seed, 'read'))
  const { frequencies, lowRank, input, basis } = normalLegendre(modes)
  // What reads HiPPO's coefficients, in the basis of the modes: c V, with V the conjugate of the rows of V*.
  const turned = (part: 're' | 'im', sign: number) =>
    Array.from({ length: C * modes }, (_, i) => {
      const row = basis[part].data.subarray((i % modes) * 2 * modes, ((i % modes) + 1) * 2 * modes)
      return sign * row.reduce((total, value, n) => total + value * random[Math.floor(i / modes) * 2 * modes + n], 0)
    })
  const inputs = {
    re: values([modes], new Float32Array(modes).fill(-0.5)),
    im: values([modes], frequencies),
    lowRe: values([modes], lowRank.re),
    lowIm: values([modes], lowRank.im),
    writeRe: values([modes], input.re),
    writeIm: values([modes], input.im),
    readRe: values([C, modes], turned('re', 1)),
    readIm: values([C, modes], turned('im', -1)),
    step: values([C, 1], steps),
    u: values([1, length, C], gaussian(1)([length * C], parameterStream(lab.seed, 'input'))),
    hidden: values([1, C, 2 * modes], new Float32Array(C * 2 * modes)),
    documents: { shape: [1, length], dtype: 'i32', data: new Int32Array(length) } as const,
    carriedDocument: { shape: [1], dtype: 'i32', data: new Int32Array(1) } as const,
  }
  const found = await compute(lab, inputs, (x) => {
    const system = lowRankSystem({
      diagonal: x,
      lowRank: { re: x.lowRe, im: x.lowIm },
      write: { re: x.writeRe, im: x.writeIm },
      read: { re: x.readRe, im: x.readIm },
      step: x.step,
    })
    return {
      kernel: system.kernel(length),
      convolved: runSystem(system, x.u, x.hidden, {}).y,
      stepped: runSystem(system, x.u, x.hidden, x).y,
    }
  })
  const naive = steps.flatMap((step, c) => {
    const { A, B } = generalizedBilinear(legendreScaled(2 * modes), step)
    let state = B
    return Array.from({ length }, () => {
      const value = state.data.reduce((total, entry, n) => total + entry * random[c * 2 * modes + n], 0)
      state = multiplyMatrix(A, state)
      return value
    })
  })
  return {
    // Kernels of small steps are small: each counts by itself.
    kernel: Math.max(
      ...steps.map((_, c) => {
        const row = (data: ArrayLike<number>) => Array.from({ length }, (_, t) => data[c * length + t])
        return largestError(values([length], row(found.kernel.data)), values([length], row(naive)))
      }),
    ),
    recurrence: largestError(found.stepped, found.convolved),
  }
}
