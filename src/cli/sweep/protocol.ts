/** What a coordinator and the process of a job tell each other. */
import type { JobProgress, JobResult, JobSpec } from '../../evaluation/jobs/job.js'

/** A job and the folder where it trains. */
export interface JobRequest {
  readonly spec: JobSpec
  readonly directory: string
}

export type ToProcess = { readonly kind: 'run'; readonly request: JobRequest } | { readonly kind: 'stop' }

export type FromProcess =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'interrupted' }
