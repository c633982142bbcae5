/** A sweep whose jobs are run by workers on any machine, over a queue on Redis. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Job, Queue } from 'bullmq'
import type { JobProgress, JobResult, JobSpec } from '../../evaluation/jobs/job.js'
import { type PlannedJob, planJobs } from '../../evaluation/jobs/plan.js'
import type { JobStore } from '../../evaluation/jobs/store.js'
import type { SweepEvent, SweepOutcome } from './events.js'
import { add, forgetFailures, queueId, takeBack, withQueue } from './queue.js'

export interface QueueOptions {
  readonly jobs: readonly JobSpec[]
  readonly store: JobStore
  readonly url: string
  /** Takes back the jobs that are not done. */
  readonly signal?: AbortSignal
  onEvent?(event: SweepEvent): void
  /** Says what happens to the connection. */
  warn(text: string): void
}

/** Milliseconds between looks at the queue. It is looked at, not listened to: nothing is missed while Redis is away. */
const interval = 500

/**
 * Has the jobs that the store has no result of run by the workers of a queue, and gathers the results. May be stopped at
 * any moment and started again: what was done meanwhile is waiting in the queue.
 *
 * @throws UserError when another process is writing to the store, and when there is no queue
 */
export async function runQueue({ jobs, store, url, signal, onEvent, warn }: QueueOptions): Promise<SweepOutcome> {
  const planned = await planJobs(jobs)
  const lock = await store.lock()
  const tell = (event: SweepEvent) => onEvent?.(event)
  const missing = new Map<string, PlannedJob>()
  const running = new Set<string>()
  let [done, failed, ran] = [0, 0, 0]

  async function look(queue: Queue, job: PlannedJob): Promise<void> {
    const state = await queue.getJobState(queueId(job.id))
    if (state === 'active') return follow(job, await queue.getJob(queueId(job.id)))
    running.delete(job.id)
    // Redis lost its last moments, or somebody took the job out.
    if (state === 'unknown') return add(queue, [job])
    if (state !== 'completed' && state !== 'failed') return
    const ended: Job<PlannedJob, JobResult> | undefined = await queue.getJob(queueId(job.id))
    if (!ended) return
    missing.delete(job.id)
    ran++
    if (state === 'completed') {
      await store.saveResult(job.id, ended.returnvalue)
      done++
      return tell({ kind: 'done', job, result: ended.returnvalue })
    }
    await store.saveFailure({ ...job, message: ended.failedReason, attempts: ended.attemptsMade })
    failed++
    tell({ kind: 'failed', job, message: ended.failedReason })
  }

  function follow(job: PlannedJob, active: Job | undefined): void {
    if (!active) return
    if (!running.has(job.id)) tell({ kind: 'started', job, worker: active.processedBy ?? '' })
    running.add(job.id)
    if (typeof active.progress === 'object') tell({ kind: 'progress', job, progress: active.progress as JobProgress })
  }

  try {
    for (const job of planned) {
      if (await store.isDone(job.id)) done++
      else missing.set(job.id, job)
    }
    tell({ kind: 'planned', total: planned.length, done })
    if (missing.size > 0) {
      await withQueue(url, warn, async (queue, client) => {
        await forgetFailures(queue, [...missing.values()])
        await add(queue, [...missing.values()])
        while (missing.size > 0 && !signal?.aborted) {
          for (const job of [...missing.values()]) await look(queue, job)
          if (missing.size > 0) await pause(interval, undefined, { signal }).catch(() => undefined)
        }
        if (signal?.aborted) await takeBack(queue, client, [...missing.values()])
      })
    }
    return { total: planned.length, done, failed, ran }
  } finally {
    await lock.release()
  }
}

/** Takes back the jobs of a sweep whose coordinator is gone. Gives how many there were. */
export async function cancelQueue(url: string, jobs: readonly PlannedJob[], warn: (text: string) => void) {
  return withQueue(url, warn, (queue, client) => takeBack(queue, client, jobs))
}
