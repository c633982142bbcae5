import type { JobResult, JobSpec } from '#seqlab/evaluation/jobs/job.js'

export function pretended(id: string, spec: JobSpec): JobResult
