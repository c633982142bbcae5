/** Driving sweeps of pretended jobs in processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { type JobSpec, jobSpec } from '#seqlab/evaluation/jobs/job.js'

export interface Part {
  readonly process: ChildProcess
  /** What it printed last, or nothing where it was killed. */
  readonly end: Promise<Record<string, any> | undefined>
  readonly events: Record<string, any>[]
}

export function startPart(part: 'pool' | 'queue' | 'worker', options: object): Part {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sweep-part.mjs'), part, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  const events: Record<string, any>[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop()!
    events.push(...lines.map((line) => JSON.parse(line)))
  })
  const end = once(child, 'close').then(() => events.find(({ event }) => event === 'end'))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await end
  })
  return { process: child, end, events }
}

/** Jobs that differ in their seeds, from 1. */
export function pretendedJobs(count: number, set: (seed: number) => JobSpec['set']): JobSpec[] {
  return Array.from({ length: count }, (_, index) =>
    jobSpec.parse({ name: 'none', model: 'none', task: 'none', set: set(index + 1), training: { seed: index + 1 } }),
  )
}

/** Waits until a part has told of an event. */
export async function until({ events }: Part, name: string): Promise<void> {
  while (!events.some(({ event }) => event === name)) await pause(5)
}

/** The processes that a process has started, as Linux tells it. */
export async function childrenOf({ pid }: ChildProcess): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Kills one of some processes; false where it has just ended by itself. */
export function killOne(pids: readonly number[], random: (limit: number) => number): boolean {
  if (pids.length === 0) return false
  try {
    return process.kill(pids[random(pids.length)], 'SIGKILL')
  } catch {
    return false
  }
}

export async function untilGone(pids: readonly number[]): Promise<void> {
  const began = performance.now()
  const alive = async (pid: number) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    return !/\) [ZX]/.test(stat)
  }
  for (const pid of pids)
    while (await alive(pid)) {
      if (performance.now() - began > 5000) expect.fail(`process ${pid} outlives its coordinator`)
      await pause(10)
    }
}

/** The seeds of the results in a folder; whatever is called a result must be one. */
export async function seedsOfResults(out: string): Promise<number[]> {
  const seeds: number[] = []
  for (const id of await readdir(join(out, 'jobs')).catch((): string[] => [])) {
    const text = await readFile(join(out, 'jobs', id, 'result.json'), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    seeds.push(JSON.parse(text).spec.training.seed)
  }
  return seeds.sort((a, b) => a - b)
}
