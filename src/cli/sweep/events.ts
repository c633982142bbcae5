/** What happens in a sweep, wherever its jobs run. */
import type { JobProgress, JobResult } from '../../evaluation/jobs/job.js'
import type { PlannedJob } from '../../evaluation/jobs/plan.js'

export type SweepEvent =
  | { readonly kind: 'planned'; readonly total: number; readonly done: number }
  | { readonly kind: 'started'; readonly job: PlannedJob; readonly worker: string }
  | { readonly kind: 'progress'; readonly job: PlannedJob; readonly progress: JobProgress }
  | { readonly kind: 'retried'; readonly job: PlannedJob; readonly message: string }
  | { readonly kind: 'done'; readonly job: PlannedJob; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly job: PlannedJob; readonly message: string }

export interface SweepOutcome {
  readonly total: number
  /** Jobs with a result, those of earlier runs included. */
  readonly done: number
  readonly failed: number
  /** Jobs that this run brought to an end. */
  readonly ran: number
}

/** How often a job may take its process down before it is given up. */
export const mostAttempts = 3
