/** The queue on Redis, through BullMQ. */
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { PlannedJob } from '../../evaluation/jobs/plan.js'
import { mostAttempts } from './events.js'
import { cancelChannel, connect, queueName } from './redis.js'

/** Seconds that the queue keeps what was done, for other sweeps and coordinators that come back. */
const kept = 7 * 24 * 3600

const jobOptions = { attempts: mostAttempts, removeOnComplete: { age: kept }, removeOnFail: { age: kept } }

/** BullMQ refuses ids that are numbers, which a digest can look like. */
export const queueId = (id: string) => `job-${id}`

/** @throws UserError when the server cannot be reached */
export async function withQueue<T>(
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
export async function add(queue: Queue, jobs: readonly PlannedJob[]): Promise<void> {
  await queue.addBulk(
    jobs.map((job) => ({ name: job.spec.name, data: job, opts: { ...jobOptions, jobId: queueId(job.id) } })),
  )
}

/** Lets jobs that failed be added again. */
export async function forgetFailures(queue: Queue, jobs: readonly PlannedJob[]): Promise<void> {
  for (const { id } of jobs) {
    const job = await queue.getJob(queueId(id))
    if (await job?.isFailed()) await job?.remove()
  }
}

/** Takes jobs out, and has workers stop those that run; results stay for who gathers them. Gives how many there were. */
export async function takeBack(queue: Queue, client: Redis, jobs: readonly PlannedJob[]): Promise<number> {
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
