import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { jobStore } from '#seqlab/evaluation/jobs/store.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { seeded } from '../training/seeded.js'
import { workplace } from './command.js'
import { childrenOf, killOne, pretendedJobs, seedsOfResults, startPart, until, untilGone } from './sweeping.js'

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const attemptsOf = async (log: string) => (await readFile(log, 'utf8')).trim().split('\n').map(Number)

it.skipIf(!existsSync('/proc/self/task'))(
  'kill -9 of workers and of the coordinator at random moments: every job has one result, and running it again runs none (seed 7)',
  async () => {
    const [cwd, random] = [await workplace(), seeded(7)]
    const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
    const jobs = pretendedJobs(30, () => ({ log, milliseconds: 40 }))
    const options = { out, workers: 2, jobs }
    let kills = 0
    for (let found = 0, coordinators = 0; coordinators < 3; coordinators++) {
      const coordinator = startPart('pool', options)
      await until(coordinator, 'started')
      for (let workers = 0; workers < 2; workers++) {
        await pause(50 + random(200))
        if (killOne(await childrenOf(coordinator.process), random)) kills++
      }
      await pause(random(200))
      const children = await childrenOf(coordinator.process)
      coordinator.process.kill('SIGKILL')
      expect(await coordinator.end, 'it was still running').toBeUndefined()
      await untilGone(children)
      const now = (await seedsOfResults(out)).length
      expect(now, 'no result is lost').toBeGreaterThanOrEqual(found)
      found = now
    }
    expect(kills).toBeGreaterThanOrEqual(3)
    const before = (await seedsOfResults(out)).length
    expect(before).toBeLessThan(30)
    expect(await startPart('pool', options).end).toMatchObject({ total: 30, done: 30, failed: 0, ran: 30 - before })
    expect(await seedsOfResults(out)).toEqual(seeds(30))
    const attempts = (await attemptsOf(log)).length
    expect(await startPart('pool', options).end).toMatchObject({ total: 30, done: 30, failed: 0, ran: 0 })
    expect(await attemptsOf(log)).toHaveLength(attempts)
  },
)

it('a job that fails is told with its message, one that takes its process down is tried three times, and the rest goes on', async () => {
  const cwd = await workplace()
  const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
  const ends: Record<number, string> = { 2: 'refused', 4: 'killed' }
  const jobs = pretendedJobs(6, (seed) => ({ log, ...(ends[seed] && { end: ends[seed] }) }))
  const coordinator = startPart('pool', { out, workers: 2, jobs })
  expect(await coordinator.end).toMatchObject({ total: 6, done: 4, failed: 2, ran: 6 })
  expect(await seedsOfResults(out)).toEqual([1, 3, 5, 6])
  expect((await attemptsOf(log)).sort()).toEqual([1, 2, 3, 4, 4, 4, 5, 6])
  const messages = coordinator.events.filter(({ event }) => event === 'failed').map(({ message }) => message)
  expect(messages.sort()).toEqual(['its process was ended by SIGKILL', 'job: seed 2 is refused'])
  const failure = coordinator.events.find(({ message }) => message === 'job: seed 2 is refused')!
  const stored = JSON.parse(await readFile(join(out, 'jobs', failure.id, 'failure.json'), 'utf8'))
  expect(stored).toMatchObject({ message: 'job: seed 2 is refused', attempts: 1, spec: { training: { seed: 2 } } })
})

it('failed jobs, and no others, are tried when the sweep is run again', async () => {
  const cwd = await workplace()
  const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
  const jobs = pretendedJobs(3, (seed) => ({ log, ...(seed === 2 && { end: 'refused' }) }))
  await startPart('pool', { out, workers: 1, jobs }).end
  expect(await startPart('pool', { out, workers: 1, jobs }).end).toMatchObject({ total: 3, done: 2, failed: 1, ran: 1 })
  expect(await attemptsOf(log)).toEqual([1, 2, 3, 2])
})

it('an interrupt ends the running jobs and keeps what is done', async () => {
  const cwd = await workplace()
  const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
  const jobs = pretendedJobs(4, (seed) => ({ log, milliseconds: seed === 1 ? 0 : 60_000 }))
  const coordinator = startPart('pool', { out, workers: 2, jobs })
  await until(coordinator, 'done')
  const children = await childrenOf(coordinator.process)
  coordinator.process.kill('SIGINT')
  expect(await coordinator.end).toMatchObject({ total: 4, done: 1, failed: 0, ran: 1 })
  await untilGone(children)
  expect(await seedsOfResults(out)).toEqual([1])
})

it('equal jobs are run once', async () => {
  const cwd = await workplace()
  const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
  const [job] = pretendedJobs(1, () => ({ log }))
  const turned = Object.fromEntries(Object.entries(job).reverse())
  expect(await startPart('pool', { out, workers: 2, jobs: [job, turned] }).end).toMatchObject({ total: 1, ran: 1 })
  expect(await attemptsOf(log)).toEqual([1])
})

it('a folder has one coordinator at a time', async () => {
  const cwd = await workplace()
  const [out, log] = [join(cwd, 'out'), join(cwd, 'log')]
  const jobs = pretendedJobs(2, () => ({ log, milliseconds: 60_000 }))
  const first = startPart('pool', { out, workers: 1, jobs })
  await until(first, 'started')
  setPlatform(nodePlatform)
  await expect(jobStore(out).lock()).rejects.toThrow(`process ${first.process.pid}`)
})
