/**
 * The contract of a mixer: what moves information between positions. One file exports one value made by
 * {@link defineMixer}. All its forms are the same function; the conformance suite proves it.
 */
import type { z } from 'zod'
import type { Cache, LeafSpec, Tensor } from '../engine/index.js'
import type { Bound, ParameterTree } from '../nn/parameter.js'

/** The part of a model's settings that every mixer sees beside its own configuration. */
export interface Frame {
  /** Width of the model. */
  readonly dim: number
  /** Heads where the mixer's own configuration gives none. */
  readonly heads: number
  readonly bias: boolean
  /** ε of the model's norms; that of each norm where nothing is said. */
  readonly epsilon?: number
}

/** What is known about the positions of a call besides their features. */
export interface Context {
  /** Position of each token in its document, [B, T] i32. */
  readonly positions: Tensor
  /** Number of each token's document, [B, T] i32, −1 for padding; absent where rows are one unpadded document. */
  readonly documents?: Tensor
  /** Number of the document that the carried state belongs to, [B] i32; with `documents` only. */
  readonly carriedDocument?: Tensor
  /** Tokens of each row that may see each other in both directions, [B] i32, counted by position. */
  readonly prefix?: Tensor
  /** What an encoder made of the tokens of another sequence, [B, S, dim], where there is one. */
  readonly source?: Tensor
  /** What the first mixer that hands its values on made of each token, where there is one before: [B, H, T, V]. */
  readonly firstValues?: Tensor
  readonly training: boolean
  /** Random key, where the run is stochastic. */
  readonly key?: Tensor
}

/** One leaf of a state before its first token. */
export interface StateLeaf extends LeafSpec {
  /** The value it starts from; 0 by default. */
  readonly fill?: number
  /** Whether gradients end here: what a call leaves behind is data for the next one. */
  readonly stopped?: boolean
}
export type StateSpec = { readonly [key: string]: StateLeaf | undefined }

/** State as a form gets it: tensors for replaced leaves, caches for the others. */
export type StateIn<S extends StateSpec> = {
  readonly [K in keyof S]: S[K] extends { change: 'replace' } ? Tensor : Cache
}
/** State as a form returns it: the new value of replaced leaves, the new slices of the others. */
export type StateOut<S extends StateSpec> = { readonly [K in keyof S]: Tensor }

export interface StateSize {
  readonly batch: number
  /** Positions that appended leaves have room for. */
  readonly capacity: number
}

/** What every form gets beside projections and state. */
export interface Setting<C, P> {
  readonly config: C & Frame
  readonly context: Context
  readonly p: Bound<P>
}

export interface FormResult<S extends StateSpec> {
  /** [B, T, …] as `output` takes it. */
  readonly y: Tensor
  readonly state: StateOut<S>
  /** For the mixers of later layers: `firstValues` of their context. */
  readonly firstValues?: Tensor
  /** Auxiliary terms of the loss, by name; of this call, whatever came before it. */
  readonly losses?: Readonly<Record<string, Tensor>>
}

type Form<C, P, Q, S extends StateSpec> = (projected: Q, state: StateIn<S>, setting: Setting<C, P>) => FormResult<S>

export interface Citation {
  readonly title: string
  readonly authors: string
  readonly year: number
  readonly arxiv?: string
  /** Which equations are used. */
  readonly equations: string
}

/** How the work of a layer grows with the length T: as T, as T log T, or as T². */
export type Cost = 'linear' | 'quasilinear' | 'quadratic'

export interface Mixer<C = any, P extends ParameterTree = any, Q = any, S extends StateSpec = any> {
  readonly id: string
  readonly family: string
  readonly citation: Citation
  /** One sentence for tables. */
  readonly summary: string
  readonly config: z.ZodType<C>
  /** Whether outputs depend on the past alone: true for all but bidirectional mixers, or as the configuration says. */
  readonly causal: boolean | ((config: C) => boolean)
  /** How a training step grows with the length as configured by default; linear where nothing is said. */
  readonly cost?: Cost
  /** Whether it is trained on consecutive segments, its state carried from one to the next. */
  readonly carries?: boolean
  /** Whether `context.prefix` is honoured, always or as the configuration says. */
  readonly prefix?: boolean | ((config: C) => boolean)
  /** Whether its caches may hold different numbers of tokens in each row when a token is read: `used` is then [B, 1]. */
  readonly apart?: boolean
  /** Tokens that a document may have, where parameters belong to positions; any number where nothing is said. */
  longest?(config: C & Frame): number
  parameters(config: C & Frame): P
  state(config: C & Frame, size: StateSize): S
  /** Refuses settings that do not fit each other, with the fix. */
  validate?(config: C & Frame): void
  /** x [B, T, dim] to what the forms share. */
  project(p: Bound<P>, x: Tensor, setting: Setting<C, P>): Q
  /** The whole sequence at once: the definition. */
  parallel: Form<C, P, NoInfer<Q>, NoInfer<S>>
  /** The same at linear cost, where the paper has such a form. */
  chunked?: Form<C, P, NoInfer<Q>, NoInfer<S>>
  /** The same for one token (T = 1), from the state; the parallel form where nothing is simpler. */
  step?: Form<C, P, NoInfer<Q>, NoInfer<S>>
  /** The result of a form to [B, T, dim]. */
  output(p: Bound<P>, y: Tensor, projected: NoInfer<Q>, setting: Setting<C, P>): Tensor
}

/** Whether a mixer so configured sees the past alone. */
export function isCausal({ causal }: Mixer, config: unknown): boolean {
  return typeof causal === 'boolean' ? causal : causal(config)
}

export function defineMixer<C, P extends ParameterTree, Q, const S extends StateSpec>(
  mixer: Mixer<C, P, Q, S>,
): Mixer<C, P, Q, S> {
  return mixer
}

/** What mixes features within a position: the role of MLP and SwiGLU. */
export interface ChannelMixer<C = any, P extends ParameterTree = any> {
  readonly id: string
  readonly summary: string
  readonly citation: Citation
  readonly config: z.ZodType<C>
  parameters(config: C & { dim: number; bias: boolean; width: number }): P
  /** Hidden width for a model width, before any override. */
  width(config: C, dim: number): number
  forward(p: Bound<P>, x: Tensor, config: C): Tensor
}

export function defineChannelMixer<C, P extends ParameterTree>(mixer: ChannelMixer<C, P>): ChannelMixer<C, P> {
  return mixer
}
