/** What a page and the worker of a run say to each other. */
import type { Provider } from 'seqlab/platform'
import type { TrainingEvent, TrainingResult } from 'seqlab/training'
import type { Plan } from './plan.js'

export type ToRun =
  | { readonly kind: 'train'; readonly name: string; readonly plan: Plan; readonly provider: Provider }
  /** Finish the step, save, and end. */
  | { readonly kind: 'pause' }

export type FromRun =
  | { readonly kind: 'started'; readonly parameters: number; readonly flopsPerStep: number }
  /** Operators that the GPU lacks, so that the CPU runs them; none where it runs everything. */
  | { readonly kind: 'onCpu'; readonly operators: readonly string[] }
  | { readonly kind: 'step'; readonly event: TrainingEvent }
  | { readonly kind: 'ended'; readonly result: TrainingResult }
  | { readonly kind: 'failed'; readonly message: string; readonly forUser: boolean }
