/** What a criterion works with: a subject, and runners for it in float64 and in f32. */
import type { Executor } from '../../engine/index.js'
import type { Form } from '../../models/index.js'
import type { Finding } from './finding.js'
import { createRunner, type Runner } from './runner.js'
import { randomSequence, type Sequence } from './sequence.js'
import type { Subject } from './subject.js'

export interface Trial {
  readonly subject: Subject
  /** Float64, on the reference. */
  readonly exact: Runner
  /** f32, on the executor under test. */
  readonly fast: Runner
  /** Whether to try everything. Settings that differ in one option from others that were get the cases that tell most. */
  readonly thorough: boolean
}

/** One property that a mechanism must have. */
export type Criterion = (trial: Trial) => AsyncGenerator<Finding>

export function createTrial(subject: Subject, reference: Executor, executor: Executor, thorough: boolean): Trial {
  return { subject, exact: createRunner(subject, reference), fast: createRunner(subject, executor), thorough }
}

export const batch = 2

/** Random features of two rows. */
export function sequenceOf(
  { width }: Subject,
  length: number,
  seed: number,
  more: Pick<Sequence, 'rows' | 'prefix' | 'begins'> = {},
): Sequence {
  return randomSequence({ batch, length, width }, seed, more)
}

/** The forms that compute several tokens in one call. */
export function longForms({ forms }: Subject): Form[] {
  return forms.filter((form) => form !== 'step')
}

export function place(subject: Subject, ...parts: readonly (string | number)[]): string {
  return [subject.label, ...parts].filter((part) => part !== '').join(', ')
}
