/** Learning at test time: the dual form against gradients token by token, and published special cases, in float64. */
import { describe, expect, it } from 'vitest'
import {
  concat,
  full,
  matmul,
  mul,
  runReference,
  slice,
  type Tensor,
  type TensorData,
  trace,
  transpose,
  tril,
  zeros,
} from '#seqlab/engine/index.js'
import { deltaStep } from '#seqlab/nn/delta.js'
import { gaussian, parameterStream, uniformBetween } from '#seqlab/nn/initializers.js'
import { type InnerNetwork, weightShapes } from '#seqlab/nn/inner-network.js'
import { descent, momentumDescent } from '#seqlab/nn/learning-rules.js'
import { type Learning, learnByToken, learnedState, learnInWindows } from '#seqlab/nn/test-time-learning.js'

const [B, H, D, T] = [2, 2, 3, 11]
const seed = 5

type Values = Readonly<Record<string, TensorData>>
type Given = Readonly<Record<string, Tensor>>

const normal = (name: string, shape: readonly number[], deviation = 1): TensorData => {
  return { shape, dtype: 'f32', data: gaussian(deviation)(shape, parameterStream(seed, name)) }
}
const uniform = (name: string, low: number, high: number): TensorData => {
  const shape = [B, T, H, 1]
  return { shape, dtype: 'f32', data: uniformBetween(low, high)(shape, parameterStream(seed, name)) }
}
const vectors = { q: normal('q', [B, T, H, D]), k: normal('k', [B, T, H, D]), v: normal('v', [B, T, H, D]) }
const gates = {
  rate: uniform('rate', 0, 0.3),
  index: uniform('index', 0, 1),
  logMomentum: uniform('momentum', -2, 0),
  logKept: uniform('kept', -0.2, 0),
}

function run(fn: (given: Given) => readonly Tensor[], inputs: Values): ArrayLike<number>[] {
  return runReference(
    trace((given: Given) => [...fn(given)], inputs),
    Object.values(inputs),
  ).map(({ data }) => data)
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index])))
}

interface Kind {
  readonly widths: readonly number[]
  readonly bias: boolean
  readonly residual: boolean
}
const plain: Kind = { widths: [D, D], bias: false, residual: false }

/** Values of a network's starting weights and norm, and the network of them. */
const networkValues = ({ widths, bias }: Kind): Values => ({
  ...Object.fromEntries(
    weightShapes({ widths, bias }).map((shape, i) => [`w${i}`, normal(`w${i}`, [H, ...shape], 0.5)]),
  ),
  scale: normal('scale', [H, 1, D]),
  shift: normal('shift', [H, 1, D]),
})
function networkOf(kind: Kind, given: Given, lossScale: number): InnerNetwork {
  const start = weightShapes(kind).map((_, index) => given[`w${index}`])
  const norm = kind.residual ? { scale: given.scale, shift: given.shift } : undefined
  return { ...kind, heads: H, lossScale, start, norm }
}

const stateShapes = (sets: Learning<never>['rule']['sets'], kind: Kind) => learnedState(sets, { ...kind, heads: H }, B)
/** Positions of rows of which the second is a token further in its document than the first. */
const positionsFrom = (first: number): TensorData => {
  const data = Int32Array.from({ length: B * T }, (_, index) => first + Math.floor(index / T) + (index % T))
  return { shape: [B, T], dtype: 'i32', data }
}

const kinds: Record<string, Kind> = {
  'a linear map': plain,
  'an affine map with residual and norm': { widths: [D, D], bias: true, residual: true },
  'an MLP': { widths: [D, 5, D], bias: true, residual: false },
  'an MLP with residual and norm': { widths: [D, 5, D], bias: false, residual: true },
}
const rules = {
  'plain steps': descent(0.6),
  'momentum and forgetting': momentumDescent,
}

describe('the dual form is a gradient for every token (1e-11)', () => {
  const cases = Object.keys(rules).flatMap((rule) => Object.keys(kinds).map((kind) => ({ rule, kind })))

  it.each(cases)('$kind, $rule, from any state and place', ({ rule, kind }) => {
    const { sets } = rules[rule as keyof typeof rules]
    const leaves = Object.entries(stateShapes(sets, kinds[kind]))
    const state = Object.fromEntries(leaves.map(([name, { shape }]) => [` ${name}`, normal(name, shape, 0.3)]))
    const inputs = { ...vectors, ...gates, ...networkValues(kinds[kind]), ...state, positions: positionsFrom(2) }
    const [byToken, inWindows] = [learnByToken, learnInWindows].map((learn) =>
      run((given) => {
        const { q, k, v, positions, rate, index, logMomentum, logKept } = given
        const at = { rate, index, logMomentum, logKept }
        const learning = {
          network: networkOf(kinds[kind], given, 0.5),
          rule: rules[rule as keyof typeof rules] as Learning<unknown>['rule'],
          size: 4,
        }
        const before = Object.fromEntries(leaves.map(([name]) => [name, given[` ${name}`]]))
        const { y, state: after } = learn(learning, { q, k, v, at }, before, { positions })
        return [y, ...leaves.map(([name]) => after[name])]
      }, inputs),
    )
    for (const [index, expected] of byToken.entries()) {
      expect(largestDifference(inWindows[index], expected)).toBeLessThan(1e-11)
    }
  })
})

describe('special cases', () => {
  const forms = { learnByToken, learnInWindows }

  it.each(Object.entries(forms))(
    'one full batch of a linear map that starts from 0 is linear attention (1e-12): %s',
    (_, learn) => {
      const inputs = { ...vectors, positions: positionsFrom(0) }
      const [learned, attended] = run(({ q, k, v, positions }) => {
        const ones = full([B, T, 1, 1], 1)
        const start = zeros([H, D, D])
        const learning = {
          network: networkOf(plain, { w0: start }, 0.5),
          rule: descent(1),
          size: 16,
        }
        const state = Object.fromEntries(
          Object.entries(stateShapes(learning.rule.sets, plain)).map(([name, { shape }]) => [name, zeros(shape)]),
        )
        const at = { rate: full([B, T, H, 1], 1), index: ones }
        const [queries, keys, values] = [q, k, v].map((x) => transpose(x, [0, 2, 1, 3]))
        const weights = tril(matmul(queries, keys, { transposeB: true }))
        return [
          learn(learning, { q, k, v, at }, state, { positions }).y,
          transpose(matmul(weights, values), [0, 2, 1, 3]),
        ]
      }, inputs)
      expect(largestDifference(learned, attended)).toBeLessThan(1e-12)
    },
  )

  it.each(Object.entries(forms))(
    'mini-batches of one token, without momentum and forgetting, are the delta rule (1e-12): %s',
    (_, learn) => {
      const inputs = { ...vectors, beta: uniform('beta', 0, 1), positions: positionsFrom(0) }
      const [learned, corrected] = run(({ q, k, v, beta, positions }) => {
        const learning = { network: networkOf(plain, { w0: zeros([H, D, D]) }, 1), rule: momentumDescent, size: 1 }
        const nothing = Object.fromEntries(
          Object.entries(stateShapes(momentumDescent.sets, plain)).map(([name, { shape }]) => [name, zeros(shape)]),
        )
        // The gradient of ‖M k − v‖² has a factor 2: θ = β / 2.
        const at = {
          rate: mul(beta, 0.5),
          logMomentum: full(beta.shape, -1e4),
          logKept: full(beta.shape, 0),
        }
        let memory = zeros([B, H, D, D])
        const tokens = Array.from({ length: T }, (__, t) => {
          const [qt, kt, vt, bt] = [q, k, v, beta].map((x) => transpose(slice(x, 1, t, t + 1), [0, 2, 1, 3]))
          const { y, state } = deltaStep({ q: qt, k: kt, v: vt, beta: bt }, { memory })
          memory = state.memory
          return transpose(y, [0, 2, 1, 3])
        })
        return [learn(learning, { q, k, v, at }, nothing, { positions }).y, concat(tokens, 1)]
      }, inputs)
      expect(largestDifference(learned, corrected)).toBeLessThan(1e-12)
    },
  )
})
