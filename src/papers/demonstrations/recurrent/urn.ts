/** Unitary recurrent nets: a state of constant length, and what of syntax it holds over distance. */
import { full, matmul, scan, sqrt, square, squeeze, sum, type TensorData, unsqueeze } from '../../../engine/index.js'
import { urn as mixer } from '../../../mechanisms/index.js'
import { gaussian, parameterStream } from '../../../nn/index.js'
import { orthogonal, skewCount } from '../../../nn/matrix-exponential.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, learnTask } from '../../lab/index.js'

const N = 16
const tokens = 1000

/** How far the length of a state is from 1 after 1,000 random turns, in f32. */
async function drift(lab: Lab): Promise<number> {
  const shape = [tokens, skewCount(N)]
  const entries: TensorData = { shape, dtype: 'f32', data: gaussian(0.3)(shape, parameterStream(lab.seed, 'turns')) }
  const { length } = await compute(lab, { entries }, (given) => {
    const start = full([N], N ** -0.5)
    const { carry } = scan(
      (state: typeof start, turn: typeof start) => {
        const next = squeeze(matmul(turn, unsqueeze(state, 1)), 1)
        return { carry: next, y: next }
      },
      start,
      orthogonal(given.entries, N),
    )
    return { length: sqrt(sum(square(carry))) }
  })
  return Math.abs(length.data[0] - 1)
}

/** Nested dependencies: brackets, each closed by its own kind. Crossing ones: a string again, symbol after symbol. */
const nested = (depth: number, length: number) => `dyck:kinds=2:depth=${depth}:length=${length}`
const crossing = (length: number) => `copying:alphabet=4:length=${length}`
const patterns = [
  {
    name: 'nested agreement',
    at: nested(3, 16),
    by: [2, 3, 4].map((depth) => ({ label: `depth ${depth}`, lesson: nested(depth, 16) })),
  },
  {
    name: 'crossing dependencies',
    at: crossing(5),
    by: [4, 5, 7].map((length) => ({ label: `length ${length}`, lesson: crossing(length) })),
  },
]
const models = {
  URN: { dim: 64, layers: 1, heads: 4, norm: 'none', channel: null, residual: false, mixers: [{ id: 'urn' }] },
  LSTM: { dim: 48, layers: 1, norm: 'none', channel: null, residual: false, mixers: [{ id: 'lstm' }] },
} as const

export const urn: Demonstration = {
  id: 'urn',
  files: ['mechanisms/recurrent/urn.ts', 'nn/matrix-exponential.ts'],
  seed: 1,
  changed:
    'generators: brackets of two kinds and repeated strings of four symbols stand for agreement and cross-serial dependencies',
  async run(lab) {
    const away = await drift(lab)
    const trials = patterns.flatMap((pattern) =>
      Object.keys(models).map((name) => ({ pattern, name: name as keyof typeof models })),
    )
    const results = await lab.each(trials, async ({ pattern, name }, own) => {
      own.progress(`${name}: ${pattern.name}`)
      const model = { ...models[name], mixers: [...models[name].mixers] }
      const learned = await learnTask(own, pattern.at, {
        model,
        steps: 900,
        batch: 32,
        rate: 5e-3,
        schedule: 'wsd',
        weightDecay: 0,
      })
      const curve = []
      for (const { label, lesson } of pattern.by) curve.push({ label, ...(await learned.score(300, lesson)) })
      return { pattern: pattern.name, name, curve }
    })
    const figures = (name: string) =>
      results
        .filter((result) => result.name === name)
        .flatMap(({ pattern, curve }) =>
          curve.map(({ label, score }) => ({ name: `${name}: ${pattern}, ${label}`, value: score, tolerance: 0.08 })),
        )
    const trained = (name: string) =>
      results.filter((result) => result.name === name).map(({ curve }) => curve[1].score)
    return {
      claims: [
        await formsAgree(lab, mixer),
        {
          says: 'the length of the state drifts by less than 1e-5 in 1,000 steps',
          holds: away < 1e-5,
          figures: [{ name: 'drift of the length after 1,000 steps', value: away, tolerance: 1e-5 }],
        },
        ...Object.keys(models).map((name) => {
          const holds = trained(name).every((score) => score > 0.9)
          return {
            says: `${name}: both patterns are right in more than 90 % of places at the trained size`,
            holds,
            figures: figures(name),
            ...(!holds && { because: 'a pattern is not learned in 900 steps of 32 examples with so small a state' }),
          }
        }),
      ],
      sentence: `Drift ${away.toExponential(1)} in 1,000 steps; nested and crossing patterns at the trained size: URN ${trained(
        'URN',
      )
        .map((score) => score.toFixed(2))
        .join(', ')}, LSTM ${trained('LSTM')
        .map((score) => score.toFixed(2))
        .join(', ')}.`,
    }
  },
}
