/** A model: an input map, blocks of one mixer and one channel mixer, a last norm and a head, put together from a configuration. */
import {
  add,
  cast,
  checkpoint,
  concat,
  constant,
  cos,
  equal,
  flatten,
  foldIn,
  mul,
  name,
  reshape,
  scope,
  sin,
  slice,
  stopGradient,
  type Tensor,
  type TensorData,
  type Tree,
  unflatten,
  unsqueeze,
  where,
} from '../engine/index.js'
import type { Context, FormResult, Mixer, StateLeaf, StateSize } from '../mechanisms/index.js'
import { activations } from '../nn/activations.js'
import { dropout } from '../nn/dropout.js'
import { gaussian, parameterStream } from '../nn/initializers.js'
import { embedding, linear, norm } from '../nn/layers.js'
import {
  type Bound,
  bind,
  countParameters,
  listParameters,
  type NamedParameter,
  nest,
  parameter,
} from '../nn/parameter.js'
import { adapterParameters, withAdapters } from './adapters.js'
import {
  type ModelConfig,
  type OwnMechanisms,
  type ResolvedChannel,
  type ResolvedLayer,
  resolveBeside,
  resolveChannels,
  resolveConfig,
  resolveLayers,
  type Sum,
} from './config.js'
import { type Placement, place, positionsWithout, type Rows } from './positions.js'

export type Form = 'parallel' | 'chunked' | 'step'

export interface ModelInput extends Rows {
  /** [B, T] i32 tokens, or [B, T, width] vectors. */
  readonly x: Tensor
  /** Tokens per row that see each other in both directions, [B] i32. */
  readonly prefix?: Tensor
  /** What an encoder made of the tokens of another sequence, [B, S, dim], for mixers that attend to it. */
  readonly source?: Tensor
}

export interface RunOptions {
  /** Which form of each mixer; by default the step for one token, else the chunked form where there is one. */
  readonly form?: Form
  readonly training?: boolean
  /** Random key for dropout, [2] i32. */
  readonly key?: Tensor
}

export interface ModelResult {
  /** [B, T, dim] after the last norm. */
  readonly features: Tensor
  readonly state: any
  /** Auxiliary losses of all layers, by scoped name. */
  readonly losses: Readonly<Record<string, Tensor>>
}

export type Model = ReturnType<typeof createModel>

/** Puts a model together. `own` adds mechanisms that are not in the registry. */
export function createModel(input: unknown, own: OwnMechanisms = {}) {
  const config = resolveConfig(input, own)
  const layers = resolveLayers(config, own)
  const channels = resolveChannels(config, own)
  const beside = resolveBeside(config, own)
  const base = parametersOf(config, layers, channels, beside)
  /** Which block a layer uses: some blocks together for some layers in a row, then the next ones. */
  const { together = 1 } = config
  const perBlock = config.layers / base.blocks.length
  const blockOf = (layer: number) => Math.floor(Math.floor(layer / together) / perBlock) * together + (layer % together)
  const { adapter } = config
  const tree = adapter ? { ...base, adapters: adapterParameters(base, adapter) } : base
  type Parameters = Bound<typeof base>
  const bound = (tensors: unknown): Parameters => bind(base, adapter ? withAdapters(base, tensors, adapter) : tensors)

  function forward(
    tensors: unknown,
    { x, prefix, source, ...rows }: ModelInput,
    state: any,
    run: RunOptions = {},
  ): ModelResult {
    const p = bound(tensors)
    const T = x.shape[1]
    const { placement, next } = place(rows, state, T)
    const context: Context = { ...placement, prefix, source, training: run.training ?? false, key: run.key }
    let key = 0
    const drop = (t: Tensor) => dropout(t, context.training ? config.dropout : 0, run.key && foldIn(run.key, key++))

    let h = drop(embed(p, x, context))
    const states: unknown[] = []
    const losses: Record<string, Tensor> = {}
    let firstValues: Tensor | undefined
    layers.forEach(({ mixer, settings }, index) => {
      const block = p.blocks[blockOf(index)]
      const channel = channels[index]
      const compute = (features: Tensor): BlockResult =>
        scope(`blocks.${index}`, () => {
          const setting = { config: settings, context: { ...context, firstValues }, p: block.mixer }
          const normed = config.normPlace === 'before' && block.mixerNorm ? block.mixerNorm(features) : features
          const projected = scope('mixer', () => mixer.project(block.mixer, normed, setting))
          const result: FormResult<any> = scope('mixer', () =>
            formOf(mixer, run.form, T)(projected, state.layers[index], setting),
          )
          const mixed = drop(mixer.output(block.mixer, result.y, projected, setting))
          let out = join(config.residualFrom === 'norm' ? normed : features, mixed, layers[index])
          if (config.normPlace === 'after' && block.mixerNorm) out = block.mixerNorm(out)
          if (channel) {
            const source = config.parallel === 'none' ? out : features
            const read = block.channelNorm && config.normPlace === 'before' ? block.channelNorm(source) : normed
            const seen = config.normPlace === 'after' ? source : read
            const changed = drop(channel.mixer.forward(block.channel, seen, channel.settings))
            out = join(config.residualFrom === 'norm' ? seen : out, changed, channel)
            if (config.normPlace === 'after') out = block.channelNorm!(out)
          }
          const handed = result.firstValues && { firstValues: result.firstValues }
          return { h: name(out, 'out'), state: result.state, losses: result.losses ?? {}, ...handed }
        })
      const result = config.recompute && context.training ? recomputed(compute, h) : compute(h)
      h = index === 0 && beside ? p.beside!.norm(add(result.h, drop(mixedBeside(p, h, context)))) : result.h
      firstValues ??= result.firstValues
      states.push(result.state)
      for (const [label, loss] of Object.entries(result.losses)) losses[`blocks.${index}.${label}`] = loss
    })
    return { features: beforeHead(p, h), state: { ...next, layers: states }, losses }
  }

  /** What the mixer beside the first block makes of its input. */
  function mixedBeside(p: Parameters, h: Tensor, context: Context): Tensor {
    const { mixer, settings } = beside!
    const { mixer: own } = p.beside!
    const setting = { config: settings, context, p: own }
    const projected = mixer.project(own, h, setting)
    return mixer.output(own, mixer.parallel(projected, {}, setting).y, projected, setting)
  }

  function embed(p: Parameters, x: Tensor, place: Placement): Tensor {
    const { scale, padding, unplaced } = config.embedding
    let h = p.input(x)
    if (padding !== undefined) h = where(unsqueeze(equal(x, padding), 2), stopGradient(h), h)
    if (scale !== 1) h = mul(h, scale)
    if (p.embedding?.types) h = add(h, reshape(slice(p.embedding.types, 0, 0, 1), [-1]))
    h = name(h, 'embedding')
    if (config.positions === 'learned') {
      const positions = unplaced === undefined ? place.positions : positionsWithout(unplaced, x, place)
      const rows = p.positions!(config.firstPosition ? add(positions, config.firstPosition) : positions)
      h = add(h, unplaced === undefined ? rows : where(unsqueeze(equal(x, unplaced), 2), stopGradient(rows), rows))
    }
    if (config.positions === 'sinusoidal') h = add(h, sinusoids(place.positions, h.shape[2]))
    if (p.embedding?.norm) h = p.embedding.norm(h)
    return p.embedding?.project ? p.embedding.project(h) : h
  }

  /** A mixer's result, added to what it is added to. */
  function join(to: Tensor, result: Tensor, { kept, added }: Sum): Tensor {
    const scaled = added === 1 ? result : mul(result, added)
    if (!config.residual) return scaled
    return add(kept === 1 ? to : mul(to, kept), scaled)
  }

  function beforeHead(p: Parameters, h: Tensor): Tensor {
    const normed = p.norm ? p.norm(h) : h
    if (config.head.kind !== 'token') return normed
    const { transform, scale } = config.head
    const read = transform ? p.transform!.norm(activations[transform](p.transform!.map(normed))) : normed
    return scale === undefined ? read : mul(read, scale)
  }

  return {
    config,
    layers,
    parameters: tree,
    parameterList: listParameters(tree) as readonly NamedParameter[],
    parameterCount: countParameters(tree),
    /** Whether training changes a parameter: where there are adapters, they alone. */
    learns: (path: string) => !adapter || path.startsWith('adapters.'),
    /** Tokens that a document may have: as many as there are learned positions, or any number. */
    longest: Math.min(
      config.positions === 'learned' ? config.maxPositions - (config.firstPosition ?? 0) : Number.POSITIVE_INFINITY,
      ...layers.map(({ mixer, settings }) => mixer.longest?.(settings) ?? Number.POSITIVE_INFINITY),
    ),
    forward,

    /** The head as the loss takes it; a tied one is the embedding table, read transposed. */
    head(tensors: unknown) {
      const p = bound(tensors)
      const tied = config.head.kind === 'token' && config.head.tied
      const weight = tied ? (p.input as { table?: Tensor }).table! : p.head!.parts.weight
      const softCap = config.head.kind === 'token' ? config.head.softCap : undefined
      return { weight, bias: tied ? p.headBias : p.head!.parts.bias, transposed: tied, softCap }
    },

    /** State before the first token. */
    state(size: StateSize): { position: StateLeaf; document: StateLeaf; layers: Record<string, StateLeaf>[] } {
      const perRow = { shape: [size.batch], dtype: 'i32', change: 'replace' } as const
      return {
        position: perRow,
        document: perRow,
        layers: layers.map(({ mixer, settings }) => mixer.state(settings, size)),
      }
    },

    /** Starting values by path; the same seed gives the same values. */
    initialParameters(seed: number): Record<string, TensorData> {
      return Object.fromEntries(
        listParameters(tree).map(({ path, shape, initial }) => [
          path,
          { shape, dtype: 'f32', data: initial(shape, parameterStream(seed, path)) },
        ]),
      )
    },

    /** Nests tensors given by path as `forward` takes them. */
    nest: <V>(value: (parameter: NamedParameter) => V) => nest(tree, value),
  }
}

function parametersOf(
  config: ModelConfig,
  layers: readonly ResolvedLayer[],
  channels: readonly (ResolvedChannel | undefined)[],
  beside: ResolvedLayer | undefined,
) {
  const { dim, head, embedding: start, lastNorm } = config
  const outputs =
    head.kind === 'class'
      ? head.classes
      : head.kind === 'regression'
        ? head.outputs
        : config.input.kind === 'tokens'
          ? config.input.vocabulary
          : 0
  const tied = head.kind === 'token' && head.tied
  const width = start.width ?? dim
  // What the head reads.
  const read =
    head.kind === 'token' && head.transform !== undefined ? (head.transformWidth ?? (tied ? width : dim)) : dim
  const normOf = (extent: number) => norm(config.norm, extent, config.normEpsilon)
  const distinct = config.distinct ?? config.layers
  const after = config.normPlace === 'after'
  return {
    input:
      config.input.kind === 'tokens' ? embedding(config.input.vocabulary, width) : linear(config.input.width, width),
    positions: config.positions === 'learned' ? embedding(config.maxPositions, width) : undefined,
    embedding:
      start.types !== undefined || start.norm || start.project
        ? {
            types: start.types === undefined ? undefined : parameter([start.types, width], gaussian(0.02), still),
            norm: start.norm ? normOf(width) : undefined,
            project: start.project ? linear(width, dim) : undefined,
          }
        : undefined,
    blocks: Array.from({ length: distinct }, (_, index) => {
      const { mixer, settings, normed } = layers[index]
      const channel = channels[index]
      return {
        mixerNorm: normed ? normOf(dim) : undefined,
        mixer: mixer.parameters(settings),
        channelNorm: channel && config.parallel !== 'one norm' ? normOf(dim) : undefined,
        channel: channel?.mixer.parameters(channel.settings),
      }
    }),
    beside: beside && { mixer: beside.mixer.parameters(beside.settings), norm: normOf(dim) },
    norm: after ? undefined : norm(lastNorm?.kind ?? config.norm, dim, lastNorm?.epsilon ?? config.normEpsilon),
    transform:
      head.kind === 'token' && head.transform !== undefined
        ? { map: linear(dim, read, { bias: head.transformBias ?? true }), norm: normOf(read) }
        : undefined,
    head: tied ? undefined : linear(read, outputs, { bias: head.kind !== 'token' || head.bias }),
    headBias: tied && head.bias ? parameter([outputs], gaussian(0), still) : undefined,
  }
}

/** Embeddings and offsets are not made smaller by weight decay. */
const still = { decay: false }

function formOf(mixer: Mixer, form: Form | undefined, length: number) {
  const wanted = form ?? (length === 1 ? 'step' : 'chunked')
  if (wanted === 'step' && mixer.step && length === 1) return mixer.step
  return wanted === 'chunked' && mixer.chunked ? mixer.chunked : mixer.parallel
}

interface BlockResult {
  readonly h: Tensor
  readonly state: unknown
  readonly losses: Readonly<Record<string, Tensor>>
  readonly firstValues?: Tensor
}

/** A block whose inner values are computed again in the backward pass. */
function recomputed(compute: (h: Tensor) => BlockResult, h: Tensor): BlockResult {
  let shape: BlockResult | undefined
  const values = checkpoint(
    (inner) => {
      shape = compute(inner)
      return flatten<Tensor>(shape as unknown as Tree<Tensor>).leaves
    },
    [h],
  )
  return unflatten(shape!, values) as unknown as BlockResult
}

/** Sines and cosines of positions [B, T] at geometric rates, [B, T, width]: Vaswani et al. 2017, section 3.5. */
function sinusoids(positions: Tensor, width: number): Tensor {
  const rates = constant(Float32Array.from({ length: width / 2 }, (_, i) => 10_000 ** ((-2 * i) / width)))
  const angles = mul(unsqueeze(cast(positions, 'f32'), -1), rates)
  return concat([sin(angles), cos(angles)], -1)
}
