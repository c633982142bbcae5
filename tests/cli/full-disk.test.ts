import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { listCheckpoints, loadCheckpoint, metricsLog } from '#seqlab/training/index.js'
import { expectSameEnd, json, seqlab, tiny, words, workplace } from './command.js'
import { expectRefusal } from './refusals.js'

const run = (out: string) => [
  ...words(`train --model gla --data text.txt --steps 60 --save-every 20 --out ${out}`),
  ...tiny,
]

/** A disk of so many KiB, mounted as `disk` in a folder. */
async function disk(cwd: string, kibibytes: number): Promise<string> {
  const path = join(cwd, 'disk')
  await mkdir(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', path])
  onTestFinished(() => void execFileSync('umount', [path]))
  return path
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

// Mounting a small disk takes root on Linux.
describe.runIf(canMount())('a full disk', () => {
  it('in the middle of training is told; what was saved stays whole, and --resume ends in the same bytes', async () => {
    setPlatform(nodePlatform)
    const cwd = await workplace()
    // A checkpoint takes 62 KiB: the second one fits beside the first, the third does not.
    const path = await disk(cwd, 172)
    await writeFile(join(path, 'ballast'), new Uint8Array(30 * 1024))
    const outcome = await seqlab(run('disk/run'), { cwd })
    expect(outcome.stderr).toMatch(
      /^seqlab: checkpoint of step \d+ not saved, the checkpoint of step \d+ is untouched\n.*the disk is full – free some space/,
    )
    expect(outcome.code).toBe(2)
    const checkpoints = await listCheckpoints(join(path, 'run'))
    expect(checkpoints.length).toBeGreaterThan(0)
    for (const checkpoint of checkpoints) await loadCheckpoint(checkpoint.path)
    await metricsLog(join(path, 'run/metrics.jsonl')).read()

    await rm(join(path, 'ballast'))
    execFileSync('mount', ['-o', 'remount,size=1m', path])
    const result = (await json([...run('disk/run'), '--resume'], { cwd })).at(-1)!
    expect(result.resumedFrom).toBe(checkpoints.at(-1)!.step)
    await json(run('alone'), { cwd })
    await expectSameEnd(join(cwd, 'alone'), join(path, 'run'))
  })

  it('before the first checkpoint is told as well', async () => {
    const cwd = await workplace()
    await disk(cwd, 40)
    const outcome = await seqlab(run('disk/run'), { cwd })
    expect(outcome.stderr).toMatch(
      /^seqlab: checkpoint of step 20 not saved, there is no earlier one\n.*the disk is full/,
    )
    expect(outcome.code).toBe(2)
  })

  it('from the start leaves nothing behind and harms nothing', async () => {
    const cwd = await workplace()
    const path = await disk(cwd, 16)
    await writeFile(join(path, 'mine.txt'), 'x'.repeat(8192))
    await writeFile(join(path, 'rest'), 'x'.repeat(8192)).catch(() => undefined)
    const before = await readFile(join(path, 'mine.txt'))
    expectRefusal(await seqlab(run('disk/run'), { cwd }), 'disk/run', 'the disk is full', 'free some space')
    expect(await readFile(join(path, 'mine.txt'))).toEqual(before)
    expect(await readdir(join(path, 'run')).catch(() => [])).toEqual([])
  })
})
