/** What both Lightning Attention papers claim: blocks change nothing but the cost, and the cost per token is constant. */
import {
  add,
  constant,
  gradients,
  matmul,
  mul,
  reshape,
  scan,
  sum,
  type Tensor,
  type TensorData,
  transpose,
  zeros,
} from '../../../engine/index.js'
import { gaussian, parameterStream, retention, softmaxAttn } from '../../../nn/index.js'
import type { Claim, Lab } from '../../demonstration.js'
import { compiled, compute, computeExactly, largestError, timeInTurns } from '../../lab/index.js'

const decays = [0.98, 0.8]
const names = ['q', 'k', 'v', 'cotangent'] as const
type Inputs = Record<(typeof names)[number], TensorData>
type Operator = (q: Tensor, k: Tensor, v: Tensor) => Tensor

function inputs(lab: Lab, shape: readonly [B: number, H: number, T: number, D: number]): Inputs {
  const value = (name: string): TensorData => ({
    shape,
    dtype: 'f32',
    data: gaussian(0.5)(shape, parameterStream(lab.seed, name)),
  })
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Inputs
}

/** The output, and the gradients of its product with a cotangent. */
const withGradients =
  (operator: Operator) =>
  ({ q, k, v, cotangent }: Record<keyof Inputs, Tensor>) => {
    const out = operator(q, k, v)
    const found = gradients(sum(mul(out, cotangent)), { q, k, v })
    return { out, dq: found.q, dk: found.k, dv: found.v }
  }

/** S_t = λ S_{t−1} + k_t v_tᵀ, one token after the other. */
const recurrence: Operator = (q, k, v) => {
  const [B, H, , D] = q.shape
  const first = (t: Tensor) => transpose(t, [2, 0, 1, 3])
  const lambda = reshape(constant(decays), [1, H, 1, 1])
  const { ys } = scan(
    (state: Tensor, at: { q: Tensor; k: Tensor; v: Tensor }) => {
      const row = (t: Tensor) => reshape(t, [B, H, 1, D])
      const next = add(mul(lambda, state), mul(reshape(at.k, [B, H, D, 1]), row(at.v)))
      return { carry: next, y: reshape(matmul(row(at.q), next), [B, H, D]) }
    },
    zeros([B, H, D, D]),
    { q: first(mul(q, D ** -0.5)), k: first(k), v: first(v) },
  )
  return transpose(ys, [1, 2, 0, 3])
}

/** Every block size gives the recurrence's outputs and gradients. */
export async function blocksChangeNothing(lab: Lab, sizes: readonly number[]): Promise<Claim> {
  const given = inputs(lab, [1, decays.length, 300, 16])
  const exact = computeExactly(given, withGradients(recurrence))
  const figures = []
  for (const chunk of sizes) {
    lab.progress(`blocks of ${chunk}`)
    const blocked = await compute(
      lab,
      given,
      withGradients((q, k, v) => retention(q, k, v, { decays, chunk })),
    )
    const errors = Object.keys(exact).map((name) => largestError(blocked[name], exact[name]))
    figures.push({ name: `blocks of ${chunk}: largest relative error`, value: Math.max(...errors), tolerance: 1e-5 })
  }
  return {
    says: `outputs and gradients by blocks of ${sizes.join(', ')} equal the decayed recurrence in float64 to 1e-5, 300 tokens`,
    holds: figures.every(({ value }) => value <= 1e-5),
    figures,
  }
}

interface Size {
  readonly rows: number
  readonly length: number
}

/** Milliseconds of forward and backward pass at each size. */
async function stepTimes(lab: Lab, operator: Operator, sizes: readonly Size[]): Promise<number[]> {
  const works = await Promise.all(
    sizes.map(async ({ rows, length }) => {
      const given = inputs(lab, [rows, 2, length, 32])
      const run = await compiled(lab, given, withGradients(operator))
      return () => run(given)
    }),
  )
  return timeInTurns(lab, works)
}

const [short, long, longSoftmax] = [1024, 16_384, 4096]
export const equalSteps = `Steps of as many tokens are compared, one text of ${long} beside ${long / short} of ${short}, so that the length is all that differs.`

/** A token costs as much at 16,384 as at 1,024, where softmax attention's cost grows. */
export async function constantSpeed(lab: Lab): Promise<Claim> {
  lab.progress('timing lengths')
  const shapes = (length: number) => [
    { rows: 1, length },
    { rows: length / short, length: short },
  ]
  const [atLong, atShort] = await stepTimes(lab, (q, k, v) => retention(q, k, v), shapes(long))
  const [softmaxLong, softmaxShort] = await stepTimes(lab, (q, k, v) => softmaxAttn(q, k, v), shapes(longSoftmax))
  const slower = atLong / atShort
  const softmaxSlower = softmaxLong / softmaxShort
  return {
    says: 'in steps of as many tokens a token costs at most 10 % more at 16,384 tokens than at 1,024; softmax attention’s costs at least twice as much at 4,096',
    holds: slower <= 1.1 && softmaxSlower >= 2,
    figures: [
      { name: 'time per token at 16,384 over 1,024', value: slower, tolerance: 0.2 },
      { name: 'softmax attention: time per token at 4,096 over 1,024', value: softmaxSlower, tolerance: 2 },
    ],
  }
}
