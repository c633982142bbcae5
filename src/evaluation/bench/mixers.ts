/**
 * Mixers reduced to what they compute: projections with biases, the recurrence or attention itself, an output map. No
 * output gates, norms or short convolutions, so that other software can be timed on the same operations.
 */
import { z } from 'zod'
import { exp, logSigmoid, mul, neg, sigmoid, sub, type Tensor, unitNorm } from '../../engine/index.js'
import {
  type Context,
  defineMixer,
  deltaNet,
  type Frame,
  gla,
  type Mixer,
  mamba2,
  retnet,
  rwkv6,
  softmaxAttention,
} from '../../mechanisms/index.js'
import {
  applyTogether,
  attend,
  bonusChunked,
  bonusStep,
  causalBias,
  decayChunked,
  decayStep,
  deltaChunked,
  deltaStep,
  headLogDecays,
  linear,
  type MatrixMemory,
  matrixMemory,
  mergeHeads,
  one,
  parameter,
  type Recurrence,
  retentionDecays,
  rotary,
  splitHeads,
} from '../../nn/index.js'

const chunk = 64

const projections = ({ dim }: Frame) => ({
  query: linear(dim, dim),
  key: linear(dim, dim),
  value: linear(dim, dim),
  output: linear(dim, dim),
})

function describe({ id, family, citation }: Mixer) {
  const summary = `The bare computation of ${id}, for benchmarks.`
  return { id: `bare-${id}`, family, citation, summary, config: z.object({}), causal: true } as const
}

const bareSoftmax = defineMixer({
  ...describe(softmaxAttention),
  parameters: projections,
  state: () => ({}),
  project(p, x, { config: { heads } }) {
    const [q, k, v] = applyTogether(x, [p.query, p.key, p.value]).map((part) => splitHeads(part, heads))
    return { q, k, v }
  },
  parallel: ({ q, k, v }, _, { context }) => ({ y: attend(q, k, v, causalBias(context)), state: {} }),
  output: (p, y) => p.output(mergeHeads(y)),
})

/** [B, H, T, …] each; the query is scaled, the gate as projected. */
interface Projected {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  /** Empty where the recurrence has no gate. */
  readonly gate: Tensor
  /** [H, 1, K] */
  readonly bonus: Tensor
}

interface Forms<Q> {
  gateWidth(frame: Frame): number
  inputs(projected: Projected, context: Context): Q
  chunked(inputs: Q, state: MatrixMemory, size: number): Recurrence
  step(inputs: Q, state: MatrixMemory): Recurrence
}

function bareRecurrence<Q>(original: Mixer, { gateWidth, inputs, chunked, step }: Forms<Q>) {
  return defineMixer({
    ...describe(original),
    parameters(frame: Frame) {
      const { dim, heads } = frame
      const width = gateWidth(frame)
      return {
        ...projections(frame),
        gate: width > 0 ? linear(dim, width) : undefined,
        bonus: original === rwkv6 ? parameter([heads, 1, dim / heads], one) : undefined,
      }
    },
    state: ({ dim, heads }, { batch }) => matrixMemory(batch, heads, dim / heads, dim / heads),
    project(p, x, { config: { dim, heads }, context }) {
      const maps = [p.query, p.key, p.value, ...(p.gate ? [p.gate] : [])]
      const [q, k, v, gate] = applyTogether(x, maps).map((part) => splitHeads(part, heads))
      return inputs({ q: mul(q, (dim / heads) ** -0.5), k, v, gate, bonus: p.bonus as Tensor }, context)
    },
    parallel: (projected, state) => chunked(projected, state, chunk),
    step: (projected, state) => step(projected, state),
    output: (p, y) => p.output(mergeHeads(y)),
  })
}

export const bareMixers: readonly Mixer[] = [
  bareSoftmax,
  bareRecurrence(gla, {
    gateWidth: ({ dim }) => dim,
    inputs: ({ q, k, v, gate }) => ({ q, k, v, logDecay: mul(logSigmoid(gate), 1 / 16) }),
    chunked: decayChunked,
    step: decayStep,
  }),
  bareRecurrence(mamba2, {
    gateWidth: ({ heads }) => heads,
    inputs: ({ q, k, v, gate }) => ({ q, k, v, logDecay: logSigmoid(gate) }),
    chunked: decayChunked,
    step: decayStep,
  }),
  bareRecurrence(retnet, {
    gateWidth: () => 0,
    inputs({ q, k, v }, { positions }) {
      const [B, H, T] = q.shape
      const logDecay = headLogDecays(retentionDecays(H), B, T)
      return { q: rotary(q, positions), k: rotary(k, positions), v, logDecay }
    },
    chunked: decayChunked,
    step: decayStep,
  }),
  bareRecurrence(rwkv6, {
    gateWidth: ({ dim }) => dim,
    inputs: ({ q, k, v, gate, bonus }) => ({ q, k, v, logDecay: neg(exp(sub(gate, 2))), bonus }),
    chunked: bonusChunked,
    step: bonusStep,
  }),
  bareRecurrence(deltaNet, {
    gateWidth: ({ heads }) => heads,
    inputs: ({ q, k, v, gate }) => ({ q, k: unitNorm(k), v, beta: sigmoid(gate) }),
    chunked: deltaChunked,
    step: deltaStep,
  }),
]
