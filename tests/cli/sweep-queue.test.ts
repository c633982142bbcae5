import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { seeded } from '../training/seeded.js'
import { workplace } from './command.js'
import { childrenOf, pretendedJobs, seedsOfResults, startPart, until, untilGone } from './sweeping.js'

const found = () => {
  try {
    return execFileSync('redis-server', ['--version']).length > 0
  } catch {
    console.log('redis-server is not installed: sweeps over a queue are not tested')
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await once(server.close(), 'close')
  return port
}

/** A server that keeps what it was told in a folder. */
async function startRedis(folder: string, port: number): Promise<ChildProcess> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', '']
  const server = spawn('redis-server', settings, { stdio: 'ignore' })
  onTestFinished(() => void server.kill('SIGKILL'))
  for (;;) {
    const socket = createConnection(port, '127.0.0.1')
    const there = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error')]).catch(
      () => false,
    )
    socket.destroy()
    if (there === true) return server
    await pause(20)
  }
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const attemptsOf = async (log: string) => (await readFile(log, 'utf8')).trim().split('\n').map(Number)

describe.skipIf(!found())('a sweep over a queue', () => {
  async function queueWorkplace() {
    const cwd = await workplace()
    const port = await freePort()
    const redis = await startRedis(cwd, port)
    const url = `redis://127.0.0.1:${port}`
    const worker = () => startPart('worker', { url, jobs: 1, lease: 1 })
    return { cwd, port, redis, url, worker, out: join(cwd, 'out'), log: join(cwd, 'log') }
  }

  it('survives kill -9 of one of three workers and of the coordinator and a restart of Redis: every job has one result (seed 3)', async () => {
    const { cwd, port, redis, url, worker, out, log } = await queueWorkplace()
    const random = seeded(3)
    const options = { url, out, jobs: pretendedJobs(48, () => ({ log, milliseconds: 20 })) }
    const coordinator = startPart('queue', options)
    const workers = [worker(), worker(), worker()]
    await until(coordinator, 'done')
    await pause(random(300))
    const children = await childrenOf(workers[0].process)
    workers[0].process.kill('SIGKILL')
    await untilGone(children)
    await pause(random(300))
    redis.kill('SIGKILL')
    await once(redis, 'close')
    await pause(300)
    await startRedis(cwd, port)
    await pause(300 + random(300))
    coordinator.process.kill('SIGKILL')
    expect(await coordinator.end, 'it was still running').toBeUndefined()
    const before = (await seedsOfResults(out)).length
    expect(before).toBeLessThan(48)
    await pause(500)
    const ended = await startPart('queue', options).end
    expect(ended).toMatchObject({ total: 48, done: 48, failed: 0, ran: 48 - before })
    expect(await seedsOfResults(out)).toEqual(seeds(48))
    expect(await startPart('queue', options).end).toMatchObject({ total: 48, done: 48, failed: 0, ran: 0 })
    for (const { process } of workers) process.kill('SIGTERM')
    await Promise.all(workers.slice(1).map(({ end }) => end))
  })

  it('tells of jobs that fail, and gives a job whose process was killed to a worker again', async () => {
    const { url, worker, out, log } = await queueWorkplace()
    const ends: Record<number, string> = { 2: 'refused', 3: 'killed' }
    const jobs = pretendedJobs(4, (seed) => ({ log, ...(ends[seed] && { end: ends[seed] }) }))
    worker()
    const coordinator = startPart('queue', { url, out, jobs })
    expect(await coordinator.end).toMatchObject({ total: 4, done: 2, failed: 2, ran: 4 })
    expect((await attemptsOf(log)).sort()).toEqual([1, 2, 3, 3, 3, 4])
    const messages = coordinator.events.filter(({ event }) => event === 'failed').map(({ message }) => message)
    expect(messages.sort()).toEqual(['its process was ended by SIGKILL', 'job: seed 2 is refused'])
  })

  it('a worker that is stopped hands its job back to another at once', async () => {
    const { url, worker, out, log } = await queueWorkplace()
    const jobs = pretendedJobs(1, () => ({ log, milliseconds: 1500 }))
    const coordinator = startPart('queue', { url, out, jobs })
    const first = worker()
    await until(coordinator, 'started')
    await pause(300)
    first.process.kill('SIGTERM')
    expect(await first.end).toBeDefined()
    worker()
    expect(await coordinator.end).toMatchObject({ total: 1, done: 1, ran: 1 })
    expect(await attemptsOf(log)).toEqual([1, 1])
  })

  it('Ctrl-C where the sweep runs takes its jobs back, from workers too', async () => {
    const { url, worker, out, log } = await queueWorkplace()
    const jobs = pretendedJobs(3, (seed) => ({ log, milliseconds: seed === 1 ? 0 : 60_000 }))
    const one = worker()
    const coordinator = startPart('queue', { url, out, jobs })
    await until(coordinator, 'done')
    while (!(await attemptsOf(log)).includes(2)) await pause(10)
    coordinator.process.kill('SIGINT')
    expect(await coordinator.end).toMatchObject({ total: 3, done: 1, ran: 1 })
    await pause(500)
    expect(await childrenOf(one.process), 'the worker is idle').toEqual([])
    expect(await attemptsOf(log)).toEqual([1, 2])
  })
})
