/** Jobs on this machine, some at a time, each in a process of its own. */
import type { JobSpec } from '../../evaluation/jobs/job.js'
import { type PlannedJob, planJobs } from '../../evaluation/jobs/plan.js'
import type { JobStore } from '../../evaluation/jobs/store.js'
import { mostAttempts, type SweepEvent, type SweepOutcome } from './events.js'
import { runInProcess } from './process.js'

export interface PoolOptions {
  readonly jobs: readonly JobSpec[]
  readonly store: JobStore
  /** Jobs at a time. */
  readonly workers: number
  /** Stops the running jobs, which continue where they stopped when the pool is run again. */
  readonly signal?: AbortSignal
  onEvent?(event: SweepEvent): void
  /** The module that a job's process runs. */
  readonly entry?: string
}

/**
 * Runs the jobs that the store has no result of. A job that fails does not keep others from running.
 *
 * @throws UserError when another process is writing to the store
 */
export async function runPool({ jobs, store, workers, signal, onEvent, entry }: PoolOptions): Promise<SweepOutcome> {
  const planned = await planJobs(jobs)
  const lock = await store.lock()
  const controller = new AbortController()
  const stop = () => controller.abort()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  const tell = (event: SweepEvent) => onEvent?.(event)
  let [done, failed, ran] = [0, 0, 0]
  const waiting: { job: PlannedJob; attempt: number }[] = []

  async function attemptJob(job: PlannedJob, attempt: number, worker: number): Promise<void> {
    tell({ kind: 'started', job, worker: `${worker + 1}` })
    const outcome = await runInProcess(
      { spec: job.spec, directory: store.workFolder(job.id) },
      { signal: controller.signal, entry, onProgress: (progress) => tell({ kind: 'progress', job, progress }) },
    )
    if (outcome.kind === 'interrupted') return
    if (outcome.kind === 'done') {
      await store.saveResult(job.id, outcome.result)
      done++
      ran++
      return tell({ kind: 'done', job, result: outcome.result })
    }
    const { message } = outcome
    if (outcome.kind === 'died' && attempt < mostAttempts) {
      waiting.push({ job, attempt: attempt + 1 })
      return tell({ kind: 'retried', job, message })
    }
    await store.saveFailure({ ...job, message, attempts: attempt })
    failed++
    ran++
    tell({ kind: 'failed', job, message })
  }

  async function work(worker: number): Promise<void> {
    try {
      for (let next = waiting.shift(); next && !controller.signal.aborted; next = waiting.shift())
        await attemptJob(next.job, next.attempt, worker)
    } catch (error) {
      // A full disk, for example: nobody's result can be kept.
      stop()
      throw error
    }
  }

  try {
    for (const job of planned) {
      if (await store.isDone(job.id)) done++
      else waiting.push({ job, attempt: 1 })
    }
    tell({ kind: 'planned', total: planned.length, done })
    const working = Array.from({ length: Math.min(workers, waiting.length) }, (_, worker) => work(worker))
    for (const end of await Promise.allSettled(working)) if (end.status === 'rejected') throw end.reason
    return { total: planned.length, done, failed, ran }
  } finally {
    signal?.removeEventListener('abort', stop)
    await lock.release()
  }
}
