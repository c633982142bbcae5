/** A worker of the queue: takes jobs, runs each in a process of its own, and gives back what it cannot finish. */
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { JobResult } from '../../evaluation/jobs/job.js'
import type { PlannedJob } from '../../evaluation/jobs/plan.js'
import { mostAttempts } from './events.js'
import { type ProcessOutcome, runInProcess } from './process.js'
import { cancelChannel, connect, queueName } from './redis.js'

export interface QueueWorkerOptions {
  readonly url: string
  /** Jobs at a time. */
  readonly jobs: number
  /** Seconds that a job stays with a worker that says nothing. */
  readonly lease: number
  /** Ends the worker; its jobs go back to the queue. */
  readonly signal: AbortSignal
  onReady(): void
  onEnd(job: PlannedJob, outcome: ProcessOutcome): void
  warn(text: string): void
  /** The module that a job's process runs. */
  readonly entry?: string
}

/** Runs until it is stopped. @throws UserError when there is no queue */
export async function workQueue(options: QueueWorkerOptions): Promise<void> {
  const { url, jobs, lease, signal, onEnd, warn, entry } = options
  const connection = await connect(url, warn)
  const running = new Map<string, AbortController>()
  const cancelled = new Set<AbortController>()

  async function runQueued(job: Job<PlannedJob>, token?: string): Promise<JobResult> {
    const controller = new AbortController()
    const directory = await mkdtemp(join(tmpdir(), 'seqlab-job-'))
    running.set(job.id!, controller)
    if (signal.aborted) controller.abort()
    try {
      const outcome = await runInProcess(
        { spec: job.data.spec, directory },
        {
          signal: controller.signal,
          entry,
          // A server that is away hears of the next step.
          onProgress: (progress) => void job.updateProgress({ ...progress }).catch(() => undefined),
        },
      )
      onEnd(job.data, outcome)
      if (outcome.kind === 'done') return outcome.result
      if (outcome.kind === 'failed') throw new UnrecoverableError(outcome.message)
      if (outcome.kind === 'died') throw new Error(outcome.message)
      if (cancelled.has(controller)) throw new UnrecoverableError('it was cancelled')
      await job.moveToWait(token)
      throw new WaitingError()
    } finally {
      running.delete(job.id!)
      await rm(directory, { recursive: true, force: true })
    }
  }

  const worker = new Worker(queueName, runQueued, {
    connection: connection.client,
    concurrency: jobs,
    name: `${hostname()}:${process.pid}`,
    lockDuration: lease * 1000,
    stalledInterval: lease * 1000,
    maxStalledCount: mostAttempts - 1,
  })
  // The connection tells of its own troubles; a job that another worker has meanwhile is not this one's any more.
  worker.on('error', () => undefined)
  const news = connection.client.duplicate()
  news.on('error', () => undefined)
  news.on('message', (_, ids: string) => {
    for (const id of JSON.parse(ids)) {
      const controller = running.get(id)
      if (!controller) continue
      cancelled.add(controller)
      controller.abort()
    }
  })
  await news.subscribe(cancelChannel)
  options.onReady()
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const closing = worker.close()
  for (const controller of running.values()) controller.abort()
  await closing
  news.disconnect()
  connection.close()
}
