/**
 * The contract of a network: a whole model with inputs of its own kind, for papers whose idea is not a layer – encoders
 * with decoders, memories asked by a question, autoencoders. Layers belong into mixers.
 */
import type { z } from 'zod'
import type { Tensor } from '../engine/index.js'
import type { Citation } from '../mechanisms/index.js'
import { type Bound, bind, listParameters, type NamedParameter, nest, type ParameterTree } from '../nn/parameter.js'
import { parseWith } from './parse.js'

/** One input of a batch. */
export interface NetworkInput {
  /** The first extent is the batch. */
  readonly shape: readonly number[]
  readonly dtype: 'f32' | 'i32'
  /** Integers are drawn from 0 to this, exclusive, when the network is checked. */
  readonly below?: number
}

export interface NetworkSetting<C> {
  readonly config: C
  readonly training: boolean
  /** Random key, where the network draws. */
  readonly key?: Tensor
}

export interface NetworkResult {
  /** What training makes small: a scalar, the mean over the batch. */
  readonly loss: Tensor
  /** What else can be read, by name; the first extent is the batch. */
  readonly outputs: Readonly<Record<string, Tensor>>
}

export interface Network<C = any, P extends ParameterTree = any> {
  readonly id: string
  readonly family: string
  readonly citation: Citation
  /** One sentence for tables. */
  readonly summary: string
  readonly config: z.ZodType<C>
  /** Whether it draws random numbers, and so needs a key. */
  readonly random?: boolean
  /** Refuses settings that do not fit each other, with the fix. */
  validate?(config: C): void
  parameters(config: C): P
  inputs(config: C, batch: number): Readonly<Record<string, NetworkInput>>
  forward(p: Bound<P>, inputs: Readonly<Record<string, Tensor>>, setting: NetworkSetting<C>): NetworkResult
}

export type PlacedNetwork = ReturnType<typeof createNetwork>

/** A network under its settings, with parameters by path as models have theirs. */
export function createNetwork(network: Network, input: unknown) {
  const config = parseWith(network.config, input, network.id)
  network.validate?.(config)
  const tree = network.parameters(config)
  return {
    network,
    config,
    parameterList: listParameters(tree) as readonly NamedParameter[],
    /** Nests tensors given by path as `forward` takes them. */
    nest: <V>(value: (parameter: NamedParameter) => V) => nest(tree, value),
    forward: (tensors: unknown, inputs: Readonly<Record<string, Tensor>>): NetworkResult =>
      network.forward(bind(tree, tensors), inputs, { config, training: false }),
  }
}

export function defineNetwork<C, P extends ParameterTree>(network: Network<C, P>): Network<C, P> {
  return network
}
