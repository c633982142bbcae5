import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Executor,
  gradients,
  mul,
  onnxExecutor,
  runReference,
  sum,
  type Tensor,
  type TensorData,
  trace,
} from '#seqlab/engine/index.js'
import { comba, deltaRule, gatedDeltaRule, kda } from '#seqlab/nn/operators/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { seeded } from '../training/seeded.js'

const [H, K, V] = [2, 8, 5]

interface Inputs {
  readonly q: TensorData
  readonly k: TensorData
  readonly v: TensorData
  readonly p: TensorData
  readonly beta: TensorData
  readonly g: TensorData
  readonly headDecay: TensorData
}
type Name = keyof Inputs
type Given = Readonly<Record<Name | 'cotangent', Tensor>>

/** Which inputs an operator has, besides q, k, v and beta. */
const operators = {
  deltaRule: { extra: [], compute: ({ q, k, v, beta }, chunk) => deltaRule(q, k, v, beta, { chunk }) },
  gatedDeltaRule: {
    extra: ['headDecay'],
    compute: ({ q, k, v, beta, headDecay }, chunk) => gatedDeltaRule(q, k, v, beta, headDecay, { chunk }),
  },
  kda: { extra: ['g'], compute: ({ q, k, v, beta, g }, chunk) => kda(q, k, v, g, beta, { chunk }) },
  comba: {
    extra: ['headDecay', 'p'],
    compute: ({ q, k, v, p, beta, headDecay }, chunk) => comba(q, k, v, p, beta, headDecay, { chunk }),
  },
} satisfies Record<string, { extra: Name[]; compute(given: Given, chunk: number): Tensor }>
type Operator = keyof typeof operators

const namesOf = (operator: Operator): Name[] => ['q', 'k', 'v', 'beta', ...operators[operator].extra]

const decays = {
  moderate: (random: number) => -2 * random,
  none: () => 0,
  'hardly any': () => -1e-8,
  strong: () => -50,
  extreme: () => -1e4,
  'strong or none': (random: number) => (random < 0.5 ? -50 : 0),
}

/** Keys of about unit length, β in [0, 2]. */
function sample(T: number, decay: (random: number) => number) {
  const next = seeded(5)
  const random = () => next(2 ** 20) / 2 ** 20
  const draw = (width: number[], make: () => number): TensorData => {
    const shape = [1, H, T, ...width]
    return { shape, dtype: 'f32', data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, make) }
  }
  const even = (size: number) => () => size * (2 * random() - 1)
  return {
    q: draw([K], even(1)),
    k: draw([K], even(0.6)),
    v: draw([V], even(1)),
    p: draw([K], even(0.6)),
    beta: draw([], () => 2 * random()),
    g: draw([K], () => decay(random())),
    headDecay: draw([], () => decay(random())),
    cotangent: draw([V], even(1)),
  }
}

/** The recurrence token by token and back, in float64: S' = e^g S, r = v − S'ᵀ p, S ← S' + β k rᵀ, o = Sᵀ q / √K. */
function definition(operator: Operator, inputs: ReturnType<typeof sample>) {
  const [, , T] = inputs.q.shape
  const gradient = Object.fromEntries(
    Object.entries(inputs).map(([name, { data }]) => [name, new Float64Array(data.length)]),
  ) as Record<Name, Float64Array>
  const out = new Float64Array(inputs.v.data.length)
  const decay = operator === 'kda' ? 'g' : operator === 'deltaRule' ? undefined : 'headDecay'
  const read = operator === 'comba' ? 'p' : 'k'
  const indices = (n: number) => Array.from({ length: n }, (_, i) => i)
  for (let head = 0; head < H; head++) {
    let S = indices(K).map(() => new Array<number>(V).fill(0))
    const at = (name: Name | 'cotangent', t: number, i = 0) => {
      const { data } = inputs[name]
      return data[(head * T + t) * (data.length / (H * T)) + i]
    }
    const give = (name: Name, t: number, i: number, value: number) => {
      gradient[name][(head * T + t) * (gradient[name].length / (H * T)) + i] += value
    }
    const kept = (t: number, i: number) => (decay ? Math.exp(at(decay, t, decay === 'g' ? i : 0)) : 1)
    const steps = indices(T).map((t) => {
      const decayed = S.map((row, i) => row.map((value) => kept(t, i) * value))
      const rest = indices(V).map(
        (j) => at('v', t, j) - indices(K).reduce((s, i) => s + decayed[i][j] * at(read, t, i), 0),
      )
      S = decayed.map((row, i) => row.map((value, j) => value + at('beta', t) * at('k', t, i) * rest[j]))
      for (const j of indices(V)) {
        out[(head * T + t) * V + j] = indices(K).reduce((s, i) => s + S[i][j] * at('q', t, i), 0) / Math.sqrt(K)
      }
      return { decayed, rest, after: S }
    })
    let dS = indices(K).map(() => new Array<number>(V).fill(0))
    for (const t of indices(T).reverse()) {
      const { decayed, rest, after } = steps[t]
      const beta = at('beta', t)
      dS = dS.map((row, i) => row.map((value, j) => value + (at('q', t, i) * at('cotangent', t, j)) / Math.sqrt(K)))
      const forWritten = indices(V).map((j) => indices(K).reduce((s, i) => s + dS[i][j] * at('k', t, i), 0))
      const sumV = (value: (j: number) => number) => indices(V).reduce((s, j) => s + value(j), 0)
      give(
        'beta',
        t,
        0,
        sumV((j) => forWritten[j] * rest[j]),
      )
      for (const j of indices(V)) give('v', t, j, beta * forWritten[j])
      const before = dS.map((row, i) => row.map((value, j) => value - at(read, t, i) * beta * forWritten[j]))
      for (const i of indices(K)) {
        give('q', t, i, sumV((j) => after[i][j] * at('cotangent', t, j)) / Math.sqrt(K))
        give(
          'k',
          t,
          i,
          sumV((j) => dS[i][j] * beta * rest[j]),
        )
        give(read, t, i, -sumV((j) => decayed[i][j] * beta * forWritten[j]))
        if (decay)
          give(
            decay,
            t,
            decay === 'g' ? i : 0,
            sumV((j) => before[i][j] * decayed[i][j]),
          )
      }
      dS = before.map((row, i) => row.map((value) => kept(t, i) * value))
    }
  }
  return { out, gradient }
}

function programOf(operator: Operator, inputs: ReturnType<typeof sample>, chunk: number) {
  const names = namesOf(operator)
  const program = trace((given: Given) => {
    const out = operators[operator].compute(given, chunk)
    const wanted = Object.fromEntries(names.map((name) => [name, given[name]]))
    return [out, ...Object.values(gradients(sum(mul(out, given.cotangent)), wanted) as Record<string, Tensor>)]
  }, inputs)
  return { program, feeds: Object.values(inputs) }
}

const largest = (values: Float64Array) => Math.max(1e-7, ...values.map(Math.abs))

/** Largest difference, relative to the largest expected value, or to `floor` where that is more. */
function relative(got: ArrayLike<number>, want: Float64Array, floor = 0): number {
  return Math.max(...want.map((value, index) => Math.abs(got[index] - value))) / Math.max(floor, largest(want))
}

setPlatform(nodePlatform)
let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

describe.each(Object.keys(operators) as Operator[])('%s', (operator) => {
  const cases = Object.keys(decays).flatMap((decay) =>
    [
      [1, 16],
      [5, 1],
      [37, 16],
      [67, 64],
    ].map(([T, chunk]) => ({ decay: decay as keyof typeof decays, T, chunk })),
  )
  it.each(operator === 'deltaRule' ? cases.slice(0, 4) : cases)(
    'is its definition, values and gradients, with decay $decay, $T tokens in chunks of $chunk',
    async ({ decay, T, chunk }) => {
      const inputs = sample(T, decays[decay])
      const want = definition(operator, inputs)
      const { program, feeds } = programOf(operator, inputs, chunk)
      const executable = await executor.compile(program)
      const results = {
        float64: { found: runReference(program, feeds), value: 1e-9, gradient: 1e-9 },
        f32: { found: await executable.run(feeds), value: 1e-5, gradient: 1e-4 },
      }
      await executable.release()
      // A gradient that decay brings to nothing comes out as rounding errors of the others.
      const floor = Math.max(...namesOf(operator).map((name) => largest(want.gradient[name]))) / 100
      for (const { found, value, gradient } of Object.values(results)) {
        expect(relative(found[0].data, want.out)).toBeLessThan(value)
        namesOf(operator).forEach((name, index) => {
          expect(relative(found[index + 1].data, want.gradient[name], floor), name).toBeLessThan(gradient)
        })
      }
    },
  )
})

describe('special cases', () => {
  const inputs = sample(21, decays.moderate)
  const nothing = (data: TensorData) => ({ ...data, data: data.data.map(() => 0) }) as TensorData
  const everyChannel = Float32Array.from({ length: H * 21 * K }, (_, i) => inputs.headDecay.data[Math.floor(i / K)])
  const value = (operator: Operator, change: Partial<Record<Name, TensorData>> = {}) => {
    const { program, feeds } = programOf(operator, { ...inputs, ...change } as typeof inputs, 8)
    return Float64Array.from(runReference(program, feeds)[0].data)
  }

  it('a gate of one is the ungated delta rule', () => {
    const none = { headDecay: nothing(inputs.headDecay), g: nothing(inputs.g) }
    expect(relative(value('gatedDeltaRule', none), value('deltaRule'))).toBeLessThan(1e-12)
    expect(relative(value('kda', none), value('deltaRule'))).toBeLessThan(1e-12)
  })

  it('KDA with equal channels is the gated delta rule', () => {
    const g: TensorData = { ...inputs.g, data: everyChannel }
    expect(relative(value('kda', { g }), value('gatedDeltaRule'))).toBeLessThan(1e-12)
  })

  it('comba that reads with k is the gated delta rule', () => {
    expect(relative(value('comba', { p: inputs.k }), value('gatedDeltaRule'))).toBeLessThan(1e-12)
  })
})
