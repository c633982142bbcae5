import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { listCheckpoints, loadCheckpoint, metricsLog, openRun } from '#seqlab/training/index.js'
import { seeded } from '../training/seeded.js'
import { expectSameEnd, json, start, tiny, words, workplace } from './command.js'

const kills = 20
const steps = 1000
/** Carried state, accumulated gradients, early stopping that counts without stopping, and dropout. */
const run = (out: string) => [
  ...words(
    `train --model gla --data text.txt --steps ${steps} --out ${out} --resume --save-every 10 --evaluate-every 10`,
  ),
  ...words('--carry --accumulate 2 --patience 1000 --set dropout=0.1'),
  ...tiny,
]

/** Starts or continues the run and kills it: some time after its start, or after so many estimates were told. */
async function killed(cwd: string, when: { milliseconds: number; estimates: number }): Promise<void> {
  const running = start(run('killed'), { cwd })
  const { process } = running
  let told = 0
  await new Promise<void>((resolve) => {
    if (when.estimates === 0) resolve()
    process.stdout!.on('data', (text: string) => {
      told += text.split('\n').length - 1
      if (told >= when.estimates) resolve()
    })
    process.on('close', () => resolve())
  })
  await pause(when.milliseconds)
  process.kill('SIGKILL')
  expect((await running.outcome).signal, 'it was still running').toBe('SIGKILL')
}

/** Reads everything that is in the folder of a run; gives the steps of its checkpoints. */
async function readAll(path: string): Promise<number[]> {
  const { files } = await openRun(path)
  await metricsLog(files.metrics).read()
  const checkpoints = await listCheckpoints(path)
  if (checkpoints.length > 0) JSON.parse(await readFile(files.tokenizer, 'utf8'))
  for (const checkpoint of checkpoints) expect((await loadCheckpoint(checkpoint.path)).step).toBe(checkpoint.step)
  return checkpoints.map(({ step }) => step)
}

it(`kill -9 at ${kills} random moments: nothing is ever unreadable, and the end is that of a run left alone (seed 5)`, async () => {
  setPlatform(nodePlatform)
  const random = seeded(5)
  const cwd = await workplace({ bytes: 10_000 })
  const alone = json(run('alone'), { cwd })
  let afterCheckpoint = 0
  let newest = 0
  for (let count = 0; count < kills; count++) {
    // Every fourth while it starts, loads and compiles; the others while it trains, estimates and saves.
    const early = count % 4 === 3
    await killed(
      cwd,
      early ? { milliseconds: 50 + random(700), estimates: 0 } : { milliseconds: random(20), estimates: 1 + random(3) },
    )
    const saved = await readAll(join(cwd, 'killed')).catch((error) => {
      // Killed before there was a run at all.
      if (count === 0 && /not a run/.test(error.message)) return []
      throw error
    })
    expect(saved.at(-1) ?? 0, 'no checkpoint is lost').toBeGreaterThanOrEqual(newest)
    newest = saved.at(-1) ?? 0
    if (newest > 0) afterCheckpoint++
  }
  expect(afterCheckpoint).toBeGreaterThanOrEqual(kills / 2)
  const [result, uninterrupted] = [(await json(run('killed'), { cwd })).at(-1)!, (await alone).at(-1)!]
  expect(result.resumedFrom).toBe(newest)
  expect(result.validLoss).toBe(uninterrupted.validLoss)
  await expectSameEnd(join(cwd, 'alone'), join(cwd, 'killed'))
}, 180_000)
