/** What a task is. There are three kinds: examples to learn, texts to learn, and probes of what a language model knows. */
import type { z } from 'zod'

export type Task = ExampleTask | TextTask | ProbeTask
export type Part = 'train' | 'validation' | 'test'
export type Group = 'recall' | 'state-tracking' | 'reasoning' | 'functions' | 'language' | 'signals'

interface TaskBase<C> {
  /** Lower-case words joined by hyphens. */
  readonly id: string
  readonly group: Group
  readonly title: string
  /** One sentence: what doing it well shows about a model. */
  readonly shows: string
  /** Where the task comes from, and how this one departs from it. */
  readonly source: TaskCitation
  /** Settings with defaults, ranges and a description each; a flat object. */
  readonly config: z.ZodType<C>
  /** The setting that makes the task harder, with values from easy to hard. A model trained at one can be tested at all. */
  readonly difficulty?: { readonly setting: keyof C & string; readonly values: readonly number[] }
  readonly published?: readonly PublishedFigure[]
}

export interface TaskCitation {
  readonly title: string
  readonly authors: string
  readonly year: number
  readonly arxiv?: string
  readonly note?: string
}

/** A figure from the literature, and why it may not be comparable. */
export interface PublishedFigure {
  readonly model: string
  readonly setting: string
  readonly metric: string
  readonly value: number
  /** Where the number was read. */
  readonly from: string
  readonly warning?: string
}

/** Gives the path of a file or folder that a user registered under a name; told in words where there is none. */
export interface Corpora {
  /** @throws UserError naming the command that registers it */
  path(name: string): Promise<string>
}

/**
 * How an example is scored.
 * - `accuracy`: share of answers that are right
 * - `exact`: 1 when all answers of an example are right. Answers are predicted from the right ones before them, which for
 *   greedy decoding comes to the same: the first mistake ends both.
 * - `squaredError`: mean squared error of the answers (lower is better)
 * - `loss`: nats per answer (lower is better), for tasks with randomness in the answers
 */
export type Metric = 'accuracy' | 'exact' | 'squaredError' | 'loss'

/** Whether a smaller score is the better one. */
export const lowerIsBetter = (metric: Metric): boolean => metric === 'squaredError' || metric === 'loss'

/** Inputs with something to be predicted at some of their positions. */
export interface Example {
  /** [T] token ids, or [T, width] features row by row. */
  readonly inputs: Int32Array | Float32Array
  /** [T] token ids, or [T, outputs]: the answer at each position, 0 where nothing is asked. */
  readonly targets: Int32Array | Float32Array
  /** [T]: 1 where an answer counts, 0 elsewhere. */
  readonly weights: Float32Array
}

export interface ExampleSource {
  /** Ids in [0, vocabulary), or feature vectors. */
  readonly input:
    | { readonly kind: 'tokens'; readonly vocabulary: number }
    | { readonly kind: 'vectors'; readonly width: number }
  /** Tokens of the same vocabulary, or real values. */
  readonly output: { readonly kind: 'tokens' } | { readonly kind: 'values'; readonly outputs: number }
  /** Positions of the longest example. */
  readonly length: number
  /** Most answers of an example. */
  readonly answers: number
  /** The score (in the task's metric) of the best guess that does not look at the input. */
  readonly chance: number
  /** How many different examples a part has; infinite where they are drawn. */
  size(part: Part): number
  /** The example at a place in a stream of a part: a pure function. Finite parts have one stream. */
  example(part: Part, index: number, stream?: number): Example
  /** An example for people: what is shown and what is to be answered. */
  show(example: Example): { readonly input: string; readonly answer: string }
  /** Least expected loss (nats, or squared error) at each position that counts, of the predictor that knows the generator. */
  bound?(example: Example): Float64Array
}

/** Examples of known form, drawn or loaded. */
export interface ExampleTask<C = any> extends TaskBase<C> {
  readonly kind: 'examples'
  readonly metric: Metric
  /** The corpus that its examples come from; absent where they are drawn. */
  readonly corpus?: string
  /** @throws UserError for settings that do not fit each other, and when a corpus is missing or broken */
  open(config: C, corpora: Corpora): Promise<ExampleSource>
}

/** A text to model: its loss in nats per token and bits per byte. */
export interface TextTask<C = any> extends TaskBase<C> {
  readonly kind: 'text'
  open(config: C, corpora: Corpora): Promise<TextSource>
}

export interface TextSource {
  readonly train: TextPart
  readonly validation: TextPart
  readonly test?: TextPart
  /** What the published figures count in: byte, char, word or bpe:FILE. */
  readonly tokenizer: string
}

/** A file, or some of its bytes. */
export interface TextPart {
  readonly path: string
  readonly range?: { readonly start: number; readonly end: number }
}

/** Questions to a language model that was trained on something else. */
export interface ProbeTask<C = any> extends TaskBase<C> {
  readonly kind: 'probe'
  open(config: C, corpora: Corpora): Promise<ProbeSource>
}

export interface ProbeSource {
  /** The score of guessing. */
  readonly chance: number
  readonly items: readonly ProbeItem[]
}

export interface ProbeItem {
  /** What scores are broken down by. */
  readonly group: string
  /** Read before every choice; may be empty. */
  readonly context: string
  /**
   * Continuations, the right one first. With one choice, each of its tokens must be the likeliest; with several, the first
   * must have the highest probability in all.
   */
  readonly choices: readonly string[]
}

export const defineTask = <C>(task: ExampleTask<C>): ExampleTask<C> => task
export const defineText = <C>(task: TextTask<C>): TextTask<C> => task
export const defineProbe = <C>(task: ProbeTask<C>): ProbeTask<C> => task
