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
import { plainKernel, squareKernel, taylorKernel } from '#seqlab/nn/kernel-attention.js'
import {
  abc,
  based,
  forgettingAttn,
  gla,
  gsa,
  linearAttn,
  rebased,
  retention,
  rwkv6,
  softmaxAttn,
} from '#seqlab/nn/operators/index.js'
import { spanSums } from '#seqlab/nn/spans.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { seeded } from '../training/seeded.js'

const [H, K, V, M] = [2, 4, 3, 5]
const widths = { q: [K], k: [K], v: [V], s: [M], slotDecay: [M], headDecay: [], w: [K], cotangent: [V] }
type Name = keyof typeof widths | 'u'
type Values = Record<Name, { shape: number[]; data: Float64Array }>
type Given = Record<Name, Tensor>

const dot = (a: number[], b: number[]) => a.reduce((total, value, index) => total + value * b[index], 0)
const softmax = (x: number[]) => {
  const largest = Math.max(...x)
  const powers = x.map((value) => Math.exp(value - largest))
  const total = powers.reduce((a, b) => a + b)
  return powers.map((power) => power / total)
}
const zeros = (rows: number, columns: number) => Array.from({ length: rows }, () => new Array<number>(columns).fill(0))
/** Sᵀ q */
const readWith = (S: number[][], q: number[]) =>
  S[0].map((_, j) =>
    dot(
      S.map((row) => row[j]),
      q,
    ),
  )

/** One head's rows by name; what a definition makes of them. */
interface Head {
  readonly T: number
  readonly index: number
  at(name: Name, t: number): number[]
}
type Definition = (head: Head) => number[][]

const scaled = (x: number[]) => x.map((value) => value / Math.sqrt(K))
const steps = ({ T }: Head) => Array.from({ length: T }, (_, t) => t)

/** S ← diag(kept) S + k vᵀ */
function write(S: number[][], kept: number[], k: number[], v: number[]): void {
  S.forEach((row, i) => {
    row.forEach((value, j) => {
      row[j] = kept[i] * value + k[i] * v[j]
    })
  })
}

/** Rows of weights for all s ≤ t, normalised. */
const weighing =
  (weight: (score: number, span: number) => number): Definition =>
  (head) =>
    steps(head).map((t) => {
      const earlier = steps(head).slice(0, t + 1)
      const weights = earlier.map((s) => {
        const span = earlier.slice(s + 1).reduce((total, r) => total + head.at('headDecay', r)[0], 0)
        return weight(dot(scaled(head.at('q', t)), head.at('k', s)), span)
      })
      const total = weights.reduce((a, b) => a + b) + (weight === squareOf || weight === taylorOf ? 1e-6 : 0)
      return head.at('v', 0).map(
        (_, j) =>
          dot(
            weights,
            earlier.map((s) => head.at('v', s)[j]),
          ) / total,
      )
    })
const squareOf = (score: number) => score ** 2
const taylorOf = (score: number) => 1 + score + score ** 2 / 2

function slots(head: Head, written: (t: number) => number[], kept: (t: number) => number[]): number[][] {
  const [keys, values] = [zeros(M, K), zeros(M, V)]
  return steps(head).map((t) => {
    write(keys, kept(t), written(t), head.at('k', t))
    write(values, kept(t), written(t), head.at('v', t))
    return readWith(values, softmax(keys.map((key) => dot(key, scaled(head.at('q', t))))))
  })
}

/** As written in the table, without any trick. */
const definitions = {
  retention: (head) => {
    const S = zeros(K, V)
    return steps(head).map((t) => {
      write(S, new Array(K).fill(1 - 2 ** (-5 - head.index)), head.at('k', t), head.at('v', t))
      return readWith(S, scaled(head.at('q', t)))
    })
  },
  gsa: (head) =>
    slots(
      head,
      (t) => head.at('s', t),
      (t) => head.at('slotDecay', t).map(Math.exp),
    ),
  abc: (head) => {
    const total = (t: number) => {
      return head.at('s', 0).map((_, m) => {
        const scores = steps(head)
          .slice(0, t + 1)
          .map((r) => head.at('s', r)[m])
        const largest = Math.max(...scores, -1e9)
        return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0))
      })
    }
    return slots(
      head,
      (t) => total(t).map((z, m) => Math.exp(head.at('s', t)[m] - z)),
      (t) => (t === 0 ? new Array(M).fill(0) : total(t).map((z, m) => Math.exp(total(t - 1)[m] - z))),
    )
  },
  based: weighing(taylorOf),
  rebased: weighing(squareOf),
  forgettingAttn: weighing((score, span) => Math.exp(score + span)),
  rwkv6: (head) => {
    const S = zeros(K, V)
    return steps(head).map((t) => {
      const own = dot(
        scaled(head.at('q', t)),
        head.at('k', t).map((key, i) => head.at('u', 0)[i] * key),
      )
      const before = readWith(S, scaled(head.at('q', t)))
      write(S, head.at('w', t).map(Math.exp), head.at('k', t), head.at('v', t))
      return before.map((value, j) => value + own * head.at('v', t)[j])
    })
  },
} satisfies Record<string, Definition>
type Operator = keyof typeof definitions

const attention: Name[] = ['q', 'k', 'v']
const operators: Record<Operator, { inputs: Name[]; compute(given: Given, chunk: number): Tensor }> = {
  retention: { inputs: attention, compute: ({ q, k, v }, chunk) => retention(q, k, v, { chunk }) },
  gsa: {
    inputs: [...attention, 's', 'slotDecay'],
    compute: ({ q, k, v, s, slotDecay }, chunk) => gsa(q, k, v, s, slotDecay, { chunk }),
  },
  abc: { inputs: [...attention, 's'], compute: ({ q, k, v, s }, chunk) => abc(q, k, v, s, { chunk }) },
  based: { inputs: attention, compute: ({ q, k, v }, chunk) => based(q, k, v, { chunk }) },
  rebased: { inputs: attention, compute: ({ q, k, v }, chunk) => rebased(q, k, v, { chunk }) },
  forgettingAttn: {
    inputs: [...attention, 'headDecay'],
    compute: ({ q, k, v, headDecay }) => forgettingAttn(q, k, v, headDecay),
  },
  rwkv6: {
    inputs: [...attention, 'w', 'u'],
    compute: ({ q, k, v, w, u }, chunk) => rwkv6(q, k, v, w, u, { chunk }),
  },
}

const decays = {
  moderate: (random: number) => -2 * random,
  'hardly any': () => -1e-8,
  // In chunks of 64 the strongest that are taken relative to the chunk's middle.
  'just weak': () => -0.499,
  // Weak in some channels of a chunk and strong in others, at once.
  'in few tokens': (random: number) => (random < 0.1 ? -5 : 0),
  strong: () => -50,
  'strong or none': (random: number) => (random < 0.5 ? -50 : 0),
}

/** All of them where an operator has decays. */
function kindsFor(operator: Operator): (keyof typeof decays)[] {
  const decaying = operators[operator].inputs.some((name) => name === 'w' || name.endsWith('Decay'))
  return decaying ? (Object.keys(decays) as (keyof typeof decays)[]) : ['moderate']
}

/** Numbers that f32 holds, from seed 3; `decay` makes log decays of numbers in [0, 1). */
function sample(T: number, decay: (random: number) => number): Values {
  const next = seeded(3)
  const draw = (shape: number[], make: () => number) => {
    const size = shape.reduce((a, b) => a * b, 1)
    return { shape, data: Float64Array.from({ length: size }, () => Math.fround(make())) }
  }
  const random = () => next(2 ** 20) / 2 ** 20
  const isDecay = (name: string) => name === 'w' || name.endsWith('Decay')
  const entries = Object.entries(widths).map(([name, width]) => {
    const make = isDecay(name) ? () => decay(random()) : () => 0.4 + 2 * random() - 1
    return [name, draw([1, H, T, ...width], make)]
  })
  return { ...Object.fromEntries(entries), u: draw([H, K], () => 2 * random() - 1) }
}

function defined(operator: Operator, values: Values): number[] {
  const T = values.q.shape[2]
  return Array.from({ length: H }, (_, index) => {
    const at = (name: Name, t: number) => {
      const { data } = values[name]
      const rows = name === 'u' ? H : H * T
      const row = name === 'u' ? index : index * T + t
      return [...data.subarray((row * data.length) / rows, ((row + 1) * data.length) / rows)]
    }
    return definitions[operator]({ T, index, at })
  }).flat(2)
}

const tensors = (values: Values, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, { ...values[name], dtype: 'f32' } as TensorData]))

/** The output and the gradients of its product with the cotangent. */
function programOf(operator: Operator, given: Record<string, TensorData>, chunk: number) {
  const { inputs, compute } = operators[operator]
  return trace((all: Given) => {
    const y = compute(all, chunk)
    const wanted = Object.fromEntries(inputs.map((name) => [name, all[name]]))
    const found = gradients(sum(mul(y, all.cotangent)), wanted)
    return [y, ...inputs.map((name) => found[name])]
  }, given as never)
}

function relative(got: ArrayLike<number>, want: ArrayLike<number>, floor = 0): number {
  const expected = Array.from(want)
  const largest = Math.max(floor, ...expected.map(Math.abs))
  return Math.max(...expected.map((value, index) => Math.abs(got[index] - value))) / largest
}

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(async () => {
  await executor.close()
})

describe.each(Object.keys(definitions) as Operator[])('%s', (operator) => {
  it.each(kindsFor(operator))('is its definition, decays %s', async (kind) => {
    for (const T of [1, 7, 8, 21]) {
      const values = sample(T, decays[kind])
      const given = tensors(values, [...operators[operator].inputs, 'cotangent'])
      const program = programOf(operator, given, 8)
      const feeds = program.inputPaths.map((path) => given[path.slice(2)])
      const [y, ...exact] = runReference(program, feeds)
      expect(relative(y.data, defined(operator, values)), `values, ${T} tokens`).toBeLessThan(1e-10)

      const loss = (moved: Values) => dot(defined(operator, moved), [...values.cotangent.data])
      for (const [index, name] of operators[operator].inputs.entries()) {
        const along = Float64Array.from(values[name].data, (_, i) => Math.cos(3 * i + 1))
        const valueAt = (distance: number) => {
          const data = values[name].data.map((value, i) => value + distance * along[i])
          return loss({ ...values, [name]: { ...values[name], data } })
        }
        const slope = (h: number) => (valueAt(h) - valueAt(-h)) / (2 * h)
        const numeric = (4 * slope(1e-4) - slope(2e-4)) / 3
        const size = Math.max(1e-2, ...[...exact[index].data].map(Math.abs)) * Math.sqrt(along.length)
        const analytic = dot([...exact[index].data], [...along])
        expect(Math.abs(numeric - analytic) / size, `gradient of ${name}, ${T} tokens`).toBeLessThan(1e-6)
      }

      const compiled = await executor.compile(program)
      const f32 = (data: TensorData) => ({ ...data, data: Float32Array.from(data.data) })
      const [fast, ...rounded] = await compiled.run(feeds.map(f32))
      await compiled.release()
      expect(relative(fast.data, y.data), `f32, ${T} tokens`).toBeLessThan(2e-5)
      for (const [index, gradient] of rounded.entries()) {
        expect(relative(gradient.data, exact[index].data, 1e-2), 'gradients in f32').toBeLessThan(1e-4)
      }
    }
  })
})

describe('special cases', () => {
  const T = 19
  const values = sample(T, decays.moderate)
  /** Values of several expressions of the sample's tensors, in float64. */
  function evaluated(fn: (given: Given) => Tensor[], changed: Partial<Values> = {}): Float64Array[] {
    const given = tensors({ ...values, ...changed }, Object.keys({ ...widths, u: [] }) as Name[])
    const program = trace(fn as never, given as never)
    return runReference(
      program,
      program.inputPaths.map((path) => given[path.slice(2)]),
    ).map(({ data }) => data as Float64Array)
  }
  const constant = (name: Name, value: number) => ({
    [name]: { ...values[name], data: values[name].data.map(() => value) },
  })
  const equal = (fn: (given: Given) => Tensor[], changed: Partial<Values> = {}) => {
    const [a, b] = evaluated(fn, changed)
    expect(relative(a, b)).toBeLessThan(1e-12)
  }

  it('retention whose heads keep everything is linear attention', () => {
    equal(({ q, k, v }) => [retention(q, k, v, { decays: [1, 1], chunk: 8 }), linearAttn(q, k, v, { chunk: 4 })])
  })
  it('gla with a gate of one is linear attention', () => {
    equal(({ q, k, v, w }) => [gla(q, k, v, w, { chunk: 8 }), linearAttn(q, k, v)], constant('w', 0))
  })
  it('rwkv6 without decay and with a bonus of one is linear attention', () => {
    const plain = { ...constant('w', 0), ...constant('u', 1) }
    equal(({ q, k, v, w, u }) => [rwkv6(q, k, v, w, u, { chunk: 8 }), linearAttn(q, k, v)], plain)
  })
  it('forgetting attention that forgets nothing is softmax attention', () => {
    equal(
      ({ q, k, v, headDecay }) => [forgettingAttn(q, k, v, headDecay), softmaxAttn(q, k, v)],
      constant('headDecay', 0),
    )
  })
  it('forgetting attention that forgets all reads the token alone', () => {
    equal(({ q, k, v, headDecay }) => [forgettingAttn(q, k, v, headDecay), v], constant('headDecay', -1e4))
  })
  it('abc is gsa whose gates are a running softmax', () => {
    const z = values.s.data.slice()
    const [written, kept] = [z.slice(), z.slice()]
    for (let at = 0; at < z.length; at++) {
      const first = Math.floor(at / M) % T === 0
      const before = first ? Number.NEGATIVE_INFINITY : z[at - M]
      z[at] = Math.log((first ? 0 : Math.exp(before)) + Math.exp(values.s.data[at]))
      written[at] = Math.exp(values.s.data[at] - z[at])
      kept[at] = first ? -1e4 : before - z[at]
    }
    const [direct] = evaluated(({ q, k, v, s }) => [abc(q, k, v, s)])
    const gates = { s: { ...values.s, data: written }, slotDecay: { ...values.slotDecay, data: kept } }
    const [gated] = evaluated(({ q, k, v, s, slotDecay }) => [gsa(q, k, v, s, slotDecay)], gates)
    expect(relative(direct, gated)).toBeLessThan(1e-12)
  })
  it('features multiply to the weights of their kernels, 1 + s + s²/2 and s²', () => {
    for (const kernel of [plainKernel, taylorKernel, squareKernel]) {
      equal(({ q, k }) => [sum(mul(kernel.features(q), kernel.features(k)), -1), kernel.weights(sum(mul(q, k), -1))])
    }
  })
  it('sums of spans have no error of longer sums', () => {
    const g = Float64Array.from({ length: 300 }, (_, t) => (t % 7 === 0 ? -1e12 : -1e-3 * t))
    const given: TensorData = { shape: [300], dtype: 'f32', data: g }
    const [{ data }] = runReference(
      trace((x: Tensor) => [spanSums(x)], given),
      [given],
    )
    expect(data[299 * 300 + 297]).toBeCloseTo(-0.298 - 0.299, 12)
    expect(data[299 * 300 + 299]).toBe(0)
    expect(data[3 * 300 + 0]).toBeCloseTo(-0.006, 12)
  })
})
