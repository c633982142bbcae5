/**
 * Mixers reduced to what they compute: projections with biases, the recurrence or attention itself, an output map. No
 * output gates, norms or short convolutions, so that other software can be timed on the same operations.
 */
import { z } from 'zod'
import { logSigmoid, mul, sigmoid, type Tensor, unitNorm } from '../../engine/index.js'
import { defineMixer, deltaNet, type Frame, gla, type Mixer, mamba2, softmaxAttention } from '../../mechanisms/index.js'
import {
  applyTogether,
  attend,
  causalBias,
  decayChunked,
  decayStep,
  deltaChunked,
  deltaStep,
  linear,
  type MatrixMemory,
  matrixMemory,
  mergeHeads,
  type Recurrence,
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
  readonly gate: Tensor
}

interface Forms<Q> {
  inputs(projected: Projected): Q
  chunked(inputs: Q, state: MatrixMemory, size: number): Recurrence
  step(inputs: Q, state: MatrixMemory): Recurrence
}

function bareRecurrence<Q>(original: Mixer, gateWidth: (frame: Frame) => number, forms: Forms<Q>) {
  return defineMixer({
    ...describe(original),
    parameters: (frame: Frame) => ({ ...projections(frame), gate: linear(frame.dim, gateWidth(frame)) }),
    state: ({ dim, heads }, { batch }) => matrixMemory(batch, heads, dim / heads, dim / heads),
    project(p, x, { config: { dim, heads } }) {
      const maps = [p.query, p.key, p.value, p.gate]
      const [q, k, v, gate] = applyTogether(x, maps).map((part) => splitHeads(part, heads))
      return forms.inputs({ q: mul(q, (dim / heads) ** -0.5), k, v, gate })
    },
    parallel: (inputs, state) => forms.chunked(inputs, state, chunk),
    step: (inputs, state) => forms.step(inputs, state),
    output: (p, y) => p.output(mergeHeads(y)),
  })
}

export const bareMixers: readonly Mixer[] = [
  bareSoftmax,
  bareRecurrence(gla, ({ dim }) => dim, {
    inputs: ({ q, k, v, gate }) => ({ q, k, v, logDecay: mul(logSigmoid(gate), 1 / 16) }),
    chunked: decayChunked,
    step: decayStep,
  }),
  bareRecurrence(mamba2, ({ heads }) => heads, {
    inputs: ({ q, k, v, gate }) => ({ q, k, v, logDecay: logSigmoid(gate) }),
    chunked: decayChunked,
    step: decayStep,
  }),
  bareRecurrence(deltaNet, ({ heads }) => heads, {
    inputs: ({ q, k, v, gate }) => ({ q, k: unitNorm(k), v, beta: sigmoid(gate) }),
    chunked: deltaChunked,
    step: deltaStep,
  }),
]
