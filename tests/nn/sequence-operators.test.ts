import { describe, expect, it } from 'vitest'
import { runReference, type Tensor, type TensorData, trace } from '#seqlab/engine/index.js'
import {
  comba,
  deltaRule,
  gatedDeltaRule,
  gla,
  hgrn,
  kda,
  linearAttn,
  linearAttnNormalized,
  simpleGla,
  softmaxAttn,
} from '#seqlab/nn/operators/index.js'
import { seeded } from '../training/seeded.js'

const [B, H, K, V] = [2, 2, 4, 3]

interface Token {
  q: number[]
  k: number[]
  v: number[]
  p: number[]
  /** Log decays of the K channels. */
  g: number[]
  beta: number
}

/** The rows of one batch entry and head, and what a definition makes of them. */
type Definition = (tokens: Token[]) => number[][]

const dot = (a: number[], b: number[]) => a.reduce((total, value, index) => total + value * b[index], 0)

/** o_t = S_tᵀ q_t / √K for a state K by V that `write` changes at every token. */
const recurrent =
  (write: (S: number[][], token: Token) => void): Definition =>
  (tokens) => {
    const S = Array.from({ length: K }, () => new Array<number>(V).fill(0))
    return tokens.map((token) => {
      write(S, token)
      return Array.from(
        { length: V },
        (_, j) =>
          dot(
            token.q,
            S.map((row) => row[j]),
          ) / Math.sqrt(K),
      )
    })
  }

const adding = (decay: (token: Token, channel: number) => number) =>
  recurrent((S, token) => {
    S.forEach((row, i) => {
      row.forEach((value, j) => {
        row[j] = Math.exp(decay(token, i)) * value + token.k[i] * token.v[j]
      })
    })
  })

const plain = adding(() => 0)

/** The state decays, then what it holds at `read` is taken from what is written. */
const correcting = (decay: (token: Token, channel: number) => number, read = ({ k }: Token) => k) =>
  recurrent((S, token) => {
    const decayed = S.map((row, i) => row.map((value) => Math.exp(decay(token, i)) * value))
    const stored = token.v.map((_, j) =>
      dot(
        read(token),
        decayed.map((row) => row[j]),
      ),
    )
    S.forEach((row, i) => {
      row.forEach((_, j) => {
        row[j] = decayed[i][j] + token.beta * token.k[i] * (token.v[j] - stored[j])
      })
    })
  })

const definitions = {
  softmaxAttn: (tokens) =>
    tokens.map(({ q }, t) => {
      const weights = tokens.slice(0, t + 1).map(({ k }) => Math.exp(dot(q, k) / Math.sqrt(K)))
      const total = weights.reduce((a, b) => a + b)
      return Array.from({ length: V }, (_, j) => weights.reduce((sum, w, s) => sum + (w / total) * tokens[s].v[j], 0))
    }),
  linearAttn: plain,
  linearAttnNormalized: (tokens) =>
    plain(tokens).map((row, t) => {
      const weights = tokens.slice(0, t + 1).map(({ k }) => dot(tokens[t].q, k) / Math.sqrt(K))
      return row.map((value) => value / weights.reduce((a, b) => a + b))
    }),
  gla: adding(({ g }, channel) => g[channel]),
  simpleGla: adding(({ g }) => g[0]),
  deltaRule: correcting(() => 0),
  gatedDeltaRule: correcting(({ g }) => g[0]),
  kda: correcting(({ g }, channel) => g[channel]),
  comba: correcting(
    ({ g }) => g[0],
    ({ p }) => p,
  ),
} satisfies Record<string, Definition>

interface Inputs {
  q: Tensor
  k: Tensor
  v: Tensor
  p: Tensor
  g: Tensor
  headDecay: Tensor
  beta: Tensor
}

const operators: Record<keyof typeof definitions, (inputs: Inputs, chunk: number) => Tensor> = {
  softmaxAttn: ({ q, k, v }) => softmaxAttn(q, k, v),
  linearAttn: ({ q, k, v }, chunk) => linearAttn(q, k, v, { chunk }),
  linearAttnNormalized: ({ q, k, v }, chunk) => linearAttnNormalized(q, k, v, { chunk }),
  gla: ({ q, k, v, g }, chunk) => gla(q, k, v, g, { chunk }),
  simpleGla: ({ q, k, v, headDecay }, chunk) => simpleGla(q, k, v, headDecay, { chunk }),
  deltaRule: ({ q, k, v, beta }, chunk) => deltaRule(q, k, v, beta, { chunk }),
  gatedDeltaRule: ({ q, k, v, beta, headDecay }, chunk) => gatedDeltaRule(q, k, v, beta, headDecay, { chunk }),
  kda: ({ q, k, v, g, beta }, chunk) => kda(q, k, v, g, beta, { chunk }),
  comba: ({ q, k, v, p, beta, headDecay }, chunk) => comba(q, k, v, p, beta, headDecay, { chunk }),
}

/** Numbers in [0, 1) from a seed. */
function unit(seed: number): () => number {
  const next = seeded(seed)
  return () => next(2 ** 20) / 2 ** 20
}

/** Random inputs [B, H, T, …] from seed 11; k and q are positive, so that weights may be divided by their sum. */
function sample(T: number) {
  const random = unit(11)
  const draw = (width: number[], make: () => number): TensorData => {
    const shape = [B, H, T, ...width]
    return { shape, dtype: 'f32', data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, make) }
  }
  const g = draw([K], () => -2 * random())
  const headDecay = draw([], () => 0)
  headDecay.data.forEach((_, row) => {
    headDecay.data[row] = g.data[row * K]
  })
  const positive = () => 0.1 + random() / 2
  return {
    q: draw([K], positive),
    k: draw([K], positive),
    v: draw([V], () => 2 * random() - 1),
    p: draw([K], () => random() - 0.5),
    g,
    headDecay,
    beta: draw([], random),
  }
}

function expected(inputs: ReturnType<typeof sample>, T: number, definition: Definition): number[] {
  const row = ({ data }: TensorData, index: number, width: number) => [
    ...data.subarray(index * width, (index + 1) * width),
  ]
  return Array.from({ length: B * H }, (_, line) =>
    definition(
      Array.from({ length: T }, (_, t) => {
        const at = line * T + t
        const of = (tensor: TensorData, width: number) => row(tensor, at, width)
        return {
          q: of(inputs.q, K),
          k: of(inputs.k, K),
          v: of(inputs.v, V),
          p: of(inputs.p, K),
          g: of(inputs.g, K),
          beta: inputs.beta.data[at],
        }
      }),
    ),
  ).flat(2)
}

/** Largest difference, relative to the largest expected value. */
function relative(got: ArrayLike<number>, want: readonly number[]): number {
  const largest = Math.max(...want.map(Math.abs))
  return Math.max(...want.map((value, index) => Math.abs(got[index] - value))) / largest
}

describe.each(Object.keys(definitions) as (keyof typeof definitions)[])('%s', (name) => {
  it.each([1, 7, 8, 9, 21])(
    'is its definition, token by token in float64, for %i tokens in chunks of 8 (1e-9)',
    (T) => {
      const inputs = sample(T)
      const program = trace((given: Inputs) => operators[name](given, 8), inputs)
      const [result] = runReference(
        program,
        program.inputPaths.map((path) => inputs[path.slice(2) as keyof typeof inputs]),
      )
      expect(result.shape).toEqual([B, H, T, V])
      expect(relative(result.data, expected(inputs, T, definitions[name]))).toBeLessThan(1e-9)
    },
  )
})

describe('sequence operators', () => {
  it('hgrn is its definition, token by token in float64 (1e-12)', () => {
    const [rows, T, D] = [2, 5, 3]
    const random = unit(12)
    const draw = (scale: number): TensorData => {
      return {
        shape: [rows, T, D],
        dtype: 'f32',
        data: Float32Array.from({ length: rows * T * D }, () => scale * random()),
      }
    }
    const [x, g] = [draw(1), draw(-2)]
    const want = [...x.data]
    for (let at = 0; at < want.length; at++) {
      if (Math.floor(at / D) % T > 0) want[at] += Math.exp(g.data[at]) * want[at - D]
    }
    const [result] = runReference(trace(hgrn, x, g), [x, g])
    expect(relative(result.data, want)).toBeLessThan(1e-12)
  })

  it('take another scale than 1/√K, which multiplies what is linear in q', () => {
    const { q, k, v } = sample(9)
    const program = trace(
      ({ q, k, v }: Pick<Inputs, 'q' | 'k' | 'v'>) => [
        linearAttn(q, k, v, { scale: 1, chunk: 4 }),
        linearAttn(q, k, v, { chunk: 4 }),
        softmaxAttn(q, k, v, { scale: 0 }),
      ],
      { q, k, v },
    )
    const [unscaled, scaled, even] = runReference(program, [q, k, v])
    expect(
      relative(
        scaled.data,
        [...unscaled.data].map((value) => value / Math.sqrt(K)),
      ),
    ).toBeLessThan(1e-12)
    const firstTwo = [0, 1].map((t) => v.data[t * V])
    expect(even.data[V]).toBeCloseTo((firstTwo[0] + firstTwo[1]) / 2, 12)
  })

  it('refuse a chunk that is no power of two, with the fix', () => {
    const { q, k, v, g } = sample(9)
    const attempt = () => trace(({ q, k, v, g }: Inputs) => gla(q, k, v, g, { chunk: 48 }), { q, k, v, g } as never)
    expect(attempt).toThrow(/gla: chunk must be a power of two, got 48 – use 16, 32 or 64/)
  })
})
