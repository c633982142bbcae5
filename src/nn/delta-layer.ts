/**
 * What mixers with the delta rule share: keys, values and queries through a short convolution and swish, keys and
 * queries of unit length, and the forms of the recurrence around them.
 */
import { concat, mul, split, type Tensor, unitNorm } from '../engine/index.js'
import { type ActivationName, activations } from './activations.js'
import { chunkLength } from './chunks.js'
import { type MatrixMemory, matrixMemory, type Recurrence } from './decay.js'
import { type DeltaStepsInputs, deltaStepsChunked, deltaStepsStep } from './delta-steps.js'
import { shareHeads, splitHeads } from './heads.js'
import { linear, norm } from './layers.js'
import type { Timeline } from './recurrence.js'
import { type ShortConvolution, shortConvolution, shortConvolutionState } from './short-convolution.js'

export interface DeltaSizes {
  readonly heads: number
  /** Heads of queries and keys, each shared by heads / keyHeads heads of values; all by default. */
  readonly keyHeads?: number
  /** Of one head. */
  readonly keyWidth: number
  readonly valueWidth: number
  /** Its square is added to squared lengths of queries and keys. */
  readonly unitEpsilon?: number
  /** Of queries and keys, and of values; swish by default. */
  readonly activation?: ActivationName
  readonly valueActivation?: ActivationName
  /** Keys and values per token; 1 by default. */
  readonly writes?: number
}

interface DeltaLayer {
  /** Width of the model. */
  readonly dim: number
  readonly bias: boolean
  readonly epsilon?: number
  /** Tokens that the convolution sees. */
  readonly convolution: number
}

export interface DeltaFeatures {
  /** Before the convolution: queries [B, T, H K], keys [B, T, writes · H K], values [B, T, writes · H V]. */
  readonly mixed: readonly Tensor[]
  /** [B, H, T, writes] */
  readonly beta: Tensor
  /** Logarithm of what is kept, [B, H, T, K] or [B, H, T, 1]; everything by default. */
  readonly logDecay?: Tensor
}

export interface DeltaMemory extends MatrixMemory {
  /** The convolution's last tokens. */
  readonly past: Tensor
}

const mixedWidths = ({ heads, keyHeads = heads, keyWidth, valueWidth, writes = 1 }: DeltaSizes) => [
  keyHeads * keyWidth,
  keyHeads * writes * keyWidth,
  heads * writes * valueWidth,
]
const mixedWidth = (sizes: DeltaSizes) => mixedWidths(sizes).reduce((a, b) => a + b)

/** The convolution of all features; none where it would see a token alone. */
const deltaConvolution = (sizes: DeltaSizes, taps: number) =>
  taps > 1 ? shortConvolution(mixedWidth(sizes), taps, { bias: false }) : undefined

/** Projections, convolution, norm of each head and output map. */
export function deltaParameters(sizes: DeltaSizes, { dim, bias, epsilon, convolution }: DeltaLayer) {
  const { heads, valueWidth, writes = 1 } = sizes
  const [queries, keys, values] = mixedWidths(sizes)
  return {
    query: linear(dim, queries, { bias }),
    key: linear(dim, keys, { bias }),
    value: linear(dim, values, { bias }),
    beta: linear(dim, writes * heads, { bias }),
    convolution: deltaConvolution(sizes, convolution),
    norm: norm('rms', valueWidth, epsilon),
    output: linear(heads * valueWidth, dim, { bias }),
  }
}

export const deltaMemory = (batch: number, sizes: DeltaSizes, taps: number) => ({
  ...matrixMemory(batch, sizes.heads, sizes.keyWidth, sizes.valueWidth),
  past: shortConvolutionState(batch, taps, mixedWidth(sizes)),
})

interface DeltaSetting<C> {
  readonly config: C & { readonly chunk: number }
  readonly context: Timeline
  readonly p: { readonly convolution?: ShortConvolution }
}

type Recur = (inputs: DeltaStepsInputs, state: MatrixMemory, chunk: number) => Recurrence

/**
 * The forms of a mixer that projects {@link DeltaFeatures}; y is [B, H, T, V]. Another recurrence than the delta rule
 * shows what the rule does.
 */
export function deltaForms<C>(
  sizesOf: (config: C) => DeltaSizes,
  { chunked, step }: { chunked: Recur; step: Recur } = { chunked: deltaStepsChunked, step: deltaStepsStep },
) {
  const around =
    (recur: Recur) =>
    (features: DeltaFeatures, { memory, past }: DeltaMemory, { p, config, context }: DeltaSetting<C>) => {
      const sizes = sizesOf(config)
      const convolved = p.convolution?.(concat(features.mixed, 2), past, context)
      const mixed = convolved ? split(convolved.y, mixedWidths(sizes), 2) : features.mixed
      const { documents, carriedDocument } = context
      const { logDecay } = features
      const inputs = { ...writesOf(mixed, features.beta, sizes), logDecay, documents, carriedDocument }
      const { y, state } = recur(inputs, { memory }, config.chunk)
      return { y, state: { ...state, past: convolved?.past ?? past } }
    }
  return {
    parallel: around((inputs, state) => {
      return chunked(inputs, state, chunkLength(inputs.q.shape[2] * inputs.writes.length))
    }),
    chunked: around(chunked),
    step: around(step),
  }
}

function writesOf(
  mixed: readonly Tensor[],
  beta: Tensor,
  {
    heads,
    keyHeads = heads,
    keyWidth,
    unitEpsilon,
    activation = 'silu',
    valueActivation = 'silu',
    writes = 1,
  }: DeltaSizes,
): Pick<DeltaStepsInputs, 'q' | 'writes'> {
  const [q, keys] = mixed.slice(0, 2).map(activations[activation])
  const values = activations[valueActivation](mixed[2])
  const perWrite = (x: Tensor) => split(x, writes, -1)
  const [k, v] = [perWrite(keys), perWrite(values)]
  const unit = (x: Tensor) => shareHeads(unitNorm(splitHeads(x, keyHeads), unitEpsilon), heads)
  return {
    q: mul(unit(q), keyWidth ** -0.5),
    writes: perWrite(beta).map((strength, index) => ({
      k: unit(k[index]),
      v: splitHeads(v[index], heads),
      beta: strength,
    })),
  }
}
