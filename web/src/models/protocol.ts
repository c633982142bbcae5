/** What can be asked of a trained run: the page asks, the worker that holds the run computes. */
import type { StateCourse, StateTrace } from 'seqlab/inference'
import type { WritingOptions } from './writing-options.js'

export interface Opened {
  /** Whether its tokens are text; else they are numbers, written with spaces between. */
  readonly isText: boolean
  /** The mixer of each layer. */
  readonly mixers: readonly string[]
  /** A text to begin with: a few lines that it was not trained on, where they are at hand. */
  readonly sample: string
}

/** A token that may come next. */
export interface Next {
  readonly text: string
  readonly probability: number
}

export interface TextToken {
  readonly id: number
  readonly text: string
  /** Nats that it cost to be told it; absent for the first. */
  readonly loss?: number
  /** The likeliest tokens after it. */
  readonly next: readonly (Next & { readonly id: number })[]
}

export interface NamedView {
  readonly name: string
  /** Of one token. */
  readonly shape: readonly number[]
}

export type LeafView = Pick<StateTrace, 'layer' | 'leaf' | 'shape' | 'change'>

export interface TextView {
  readonly tokens: readonly TextToken[]
  /** Tokens of the text that are left out. */
  readonly cut: number
  readonly maps: readonly { readonly name: string; readonly heads: number }[]
  readonly named: readonly NamedView[]
  readonly leaves: readonly LeafView[]
  /** Why there are no states by token. */
  readonly stateless?: string
}

export interface Moment {
  /** The state after a token, and what it was before. */
  readonly now: Float32Array
  readonly before: Float32Array
}

export interface Calls {
  open(folder: string): Opened
  read(text: string): TextView
  /** [H, T, T] */
  map(name: string): Float32Array
  /** [T, …shape] */
  tensor(name: string): Float32Array
  moment(leaf: number, position: number): Moment
  course(leaf: number): StateCourse
  similar(layer: number, position: number): Float32Array | undefined
  /** What each token contributes to the log-probability of `target` after `position`. */
  explain(position: number, target: number): Float32Array
  /** Writes until it is done or stopped; what is written comes as {@link Written}. */
  write(prompt: string, options: WritingOptions): void
}

export interface WrittenToken {
  readonly text: string
  /** Tokens before it. */
  readonly position: number
  readonly microseconds: number
  /** Bytes of state. */
  readonly used: number
  readonly allocated: number
  /** What it was chosen from. */
  readonly choices: readonly Next[]
}

export type Question = {
  readonly [K in keyof Calls]: { readonly call: K; readonly with: Parameters<Calls[K]> }
}[keyof Calls]
export type ToModel = (Question & { readonly id: number }) | { readonly call: 'stop' }
export type FromModel =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string }
  | { readonly written: readonly WrittenToken[] }
