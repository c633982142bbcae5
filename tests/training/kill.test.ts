import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { nodeFiles } from '#seqlab/platform/node-files.js'
import { loadCheckpoint } from '#seqlab/training/checkpoint.js'
import { bestCheckpoint, latestCheckpoint, listCheckpoints } from '#seqlab/training/checkpoint-folders.js'
import { metricsLog } from '#seqlab/training/metrics.js'
import { exampleCheckpoint } from './example-checkpoint.mjs'
import { seeded } from './seeded.js'
import { temporaryFolder } from './temporary-folder.js'

const size = 32_768
const rounds = 20

/** Runs the saving loop and kills it some milliseconds after so many saves; gives the steps it said it had saved. */
async function killedAfter(directory: string, saves: number, milliseconds: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'saving-loop.mjs')
  const child = spawn(process.execPath, [script, directory, `${size}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  while (said.split('\n').length - 2 < saves) await once(child.stdout, 'data')
  await pause(milliseconds)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(child.signalCode).toBe('SIGKILL')
  return said.trim().split('\n').map(Number)
}

it(`kill -9 at ${rounds} random moments of saving loses nothing that was saved (seed 3)`, async () => {
  const random = seeded(3)
  const run = join(await temporaryFolder(), 'run')
  let before = 0
  let unfinished = 0
  for (let round = 0; round < rounds; round++) {
    const steps = await killedAfter(run, round % 2, random(40))
    expect(steps[0], 'resumes where the last one was found').toBe(before)
    const latest = await latestCheckpoint(run)
    before = latest?.step ?? 0
    // The newest may have got its name just before the kill, and not been spoken of.
    expect(before - steps.at(-1)!).toBeOneOf([0, 1])
    for (const { path, step } of await listCheckpoints(run)) {
      expect(await loadCheckpoint(path)).toEqual({ ...exampleCheckpoint(step, size), best: step % 5 === 0 })
    }
    if (before >= 5) expect((await bestCheckpoint(run))?.step).toBe(before - (before % 5))
    const metrics = await metricsLog(join(run, 'metrics.jsonl')).read()
    const saved = metrics.filter(({ step }) => step <= before)
    expect(saved).toEqual(Array.from({ length: before }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1) })))
    unfinished += (await nodeFiles.list(join(run, 'checkpoints'))).filter((name) => name.startsWith('.')).length
  }
  expect(before).toBeGreaterThanOrEqual(rounds / 2)
  expect(unfinished, 'some kills must hit the middle of a save').toBeGreaterThan(0)
})
