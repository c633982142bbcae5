/** A sweep whose jobs are run by workers on any machine, over a queue on Redis. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JobProgress, JobResult, JobSpec } from '../../evaluation/jobs/job.js'
import { type PlannedJob, planJobs } from '../../evaluation/jobs/plan.js'
import type { JobStore } from '../../evaluation/jobs/store.js'
import { mostAttempts, type SweepEvent, type SweepOutcome } from './events.js'
import { cancelChannel, connect, queueName } from './redis.js'

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
/** Seconds that the queue keeps what was done, for other sweeps and coordinators that come back. */
const kept = 7 * 24 * 3600

const jobOptions = { attempts: mostAttempts, removeOnComplete: { age: kept }, removeOnFail: { age: kept } }

/** BullMQ refuses ids that are numbers, which a digest can look like. */
const queueId = (id: string) => `job-${id}`

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

/** Takes the jobs out of the queue, and has workers stop those that run; results stay for who gathers them. */
export async function cancelQueue(url: string, jobs: readonly PlannedJob[], warn: (text: string) => void) {
  return withQueue(url, warn, (queue, client) => takeBack(queue, client, jobs))
}

async function withQueue<T>(
  url: string,
  warn: (text: string) => void,
  action: (queue: Queue, client: Redis) => Promise<T>,
) {
  const connection = await connect(url, warn)
  const queue = new Queue(queueName, { connection: connection.client })
  // The connection tells it already.
  queue.on('error', () => undefined)
  try {
    return await action(queue, connection.client)
  } finally {
    await queue.close()
    connection.close()
  }
}

/** Jobs that the queue has already stay as they are. */
async function add(queue: Queue, jobs: readonly PlannedJob[]): Promise<void> {
  await queue.addBulk(
    jobs.map((job) => ({ name: job.spec.name, data: job, opts: { ...jobOptions, jobId: queueId(job.id) } })),
  )
}

async function forgetFailures(queue: Queue, jobs: readonly PlannedJob[]): Promise<void> {
  for (const { id } of jobs) {
    const job = await queue.getJob(queueId(id))
    if (await job?.isFailed()) await job?.remove()
  }
}

async function takeBack(queue: Queue, client: Redis, jobs: readonly PlannedJob[]): Promise<number> {
  let taken = 0
  for (const { id } of jobs) {
    const state = await queue.getJobState(queueId(id))
    if (state === 'completed' || state === 'unknown') continue
    taken++
    if (state !== 'active') await queue.remove(queueId(id))
  }
  await client.publish(cancelChannel, JSON.stringify(jobs.map(({ id }) => queueId(id))))
  return taken
}
