/** A small mechanism of a user's own, S_t = exp(g_t) S_{t−1} + v_t, and ways to get one wrong. */
import { z } from 'zod'
import {
  add,
  concat,
  customGradient,
  equal,
  exp,
  greaterEqual,
  logSigmoid,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  scan,
  slice,
  sub,
  type Tensor,
  transpose,
  tril,
  where,
  zeros,
} from '#seqlab/engine/index.js'
import { type Context, defineMixer, type Frame, type StateLeaf } from '#seqlab/mechanisms/index.js'
import { matrix } from '#seqlab/nn/chunks.js'
import { zero } from '#seqlab/nn/initializers.js'
import { linear } from '#seqlab/nn/layers.js'
import { parameter } from '#seqlab/nn/parameter.js'

export type Fault =
  | 'the step keeps the state over a new document'
  | 'the chunked form drops the state it is given'
  | 'outputs read the next token'
  | 'rows are centred over the batch'
  | 'a gradient is one percent too large'
  | 'padding is written'
  | 'a leaf is declared and never returned'
  | 'decays are undone by dividing'
  | 'a parameter has no use'
  | 'starting values are drawn anew'

interface Projected {
  readonly value: Tensor
  readonly decay: Tensor
}
interface Memory {
  readonly memory: Tensor
}

/** Token by token along [B, T, D]. */
function recurrence(
  { value, decay }: Projected,
  memory: Tensor,
  { documents, carriedDocument }: Context,
  fault?: Fault,
) {
  const first = (x: Tensor) => transpose(x, [1, 0, ...(x.rank === 3 ? [2] : [])])
  const column = (x: Tensor) => reshape(x, [-1, 1])
  const { carry, ys } = scan(
    ({ state, document }: { state: Tensor; document?: Tensor }, at: Projected & { number?: Tensor }) => {
      if (!at.number || !document) {
        const next = add(mul(exp(at.decay), state), at.value)
        return { carry: { state: next }, y: next }
      }
      const real = greaterEqual(at.number, 0)
      const forgets = fault !== 'the step keeps the state over a new document' || value.shape[1] > 1
      const kept = forgets ? where(column(equal(at.number, document)), state, 0) : state
      const next = add(mul(exp(at.decay), kept), at.value)
      const written = fault === 'padding is written' ? next : where(column(real), next, state)
      return { carry: { state: written, document: where(real, at.number, document) }, y: next }
    },
    { state: memory, ...(documents && { document: carriedDocument }) },
    { value: first(value), decay: first(decay), ...(documents && { number: first(documents) }) },
  )
  return { y: first(ys), state: { memory: carry.state } }
}

/** All tokens at once by factors of both signs: what overflows where decays are strong. */
function divided({ value, decay }: Projected, memory: Tensor) {
  const [, T] = value.shape
  const elapsed = matmul(tril(matrix(T, T, () => 1)), decay)
  const sums = matmul(tril(matrix(T, T, () => 1)), mul(value, exp(neg(elapsed))))
  const y = mul(exp(elapsed), add(sums, reshape(memory, [memory.shape[0], 1, memory.shape[1]])))
  return { y, state: { memory: reshape(slice(y, 1, T - 1, T), memory.shape) } }
}

function slightlyWrong(x: Tensor): Tensor {
  const [y] = customGradient(
    [x],
    (value) => ({ outputs: [mul(value, 1)], saved: [] }),
    (_, [g]) => [mul(g, 1.01)],
  )
  return y
}

export function leakySum(fault?: Fault) {
  return defineMixer({
    id: 'leaky-sum',
    family: 'example',
    citation: { title: 'none', authors: 'none', year: 2000, equations: 'none' },
    summary: 'A sum that forgets.',
    config: z.object({}),
    causal: true,

    parameters: ({ dim, bias }: Frame) => ({
      value: linear(dim, dim, { bias }),
      decay: linear(dim, dim, { bias }),
      spare: fault === 'a parameter has no use' ? parameter([dim], zero) : undefined,
      scale: parameter([dim], (shape, random) => {
        const draw = fault === 'starting values are drawn anew' ? Math.random : random
        return Float32Array.from({ length: shape[0] }, () => 1 + 0.1 * draw())
      }),
    }),

    state({ dim }: Frame, { batch }) {
      const memory: StateLeaf & { change: 'replace' } = { shape: [batch, dim], dtype: 'f32', change: 'replace' }
      const forgotten = fault === 'a leaf is declared and never returned' ? { ...memory, shape: [batch] } : undefined
      return { memory, ...(forgotten && { forgotten }) } as { memory: typeof memory }
    },

    project(p, x): Projected {
      const value = p.value(fault === 'rows are centred over the batch' ? sub(x, mean(x, 0, { keep: true })) : x)
      return {
        value: fault === 'a gradient is one percent too large' ? slightlyWrong(value) : value,
        decay: logSigmoid(p.decay(x)),
      }
    },

    parallel(projected, { memory }: Memory, { context }) {
      if (fault === 'decays are undone by dividing' && !context.documents) return divided(projected, memory)
      const result = recurrence(projected, memory, context)
      if (fault !== 'outputs read the next token') return result
      const next = concat([slice(projected.value, 1, 1), zeros(slice(projected.value, 1, 0, 1).shape)], 1)
      return { ...result, y: add(result.y, next) }
    },
    chunked(projected, { memory }: Memory, { context }) {
      const start = fault === 'the chunked form drops the state it is given' ? zeros(memory.shape) : memory
      return recurrence(projected, start, context, fault)
    },
    step: (projected, { memory }: Memory, { context }) => recurrence(projected, memory, context, fault),

    output: (p, y) => mul(y, p.scale),
  })
}
