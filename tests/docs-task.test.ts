import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reversal } from '../examples/reversal.js'
import { root } from '../scripts/documentation.js'
import { holdsContract } from './tasks/contract.js'

const file = join('examples', 'reversal.ts')

/** The last line that a command prints with --json. */
function seqlab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/seqlab.js', ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout.trim().split('\n').at(-1) as string)
}

describe('the task that docs/tasks.md builds', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seqlab-task-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('shows strings, and answers that are them from the end', () => {
    const { task, samples } = seqlab('task', `${file}:length=6`, '--sample', '2')
    expect(task).toBe('reversal:length=6:letters=8')
    expect(samples).toHaveLength(2)
    for (const { input, answer } of samples) {
      const string = input.split(' ').slice(0, -1)
      expect(string).toHaveLength(6)
      expect(answer).toBe(string.reverse().join(' '))
    }
  })

  it('is learned from and scored on', () => {
    const out = join(folder, 'run')
    const small = ['--set', 'layers=1', '--set', 'dim=32', '--threads', '1', '--steps', '20']
    const trained = seqlab('train', '--task', file, '--model', 'gla', ...small, '--out', out)
    expect(trained).toMatchObject({ event: 'done', steps: 20 })
    const found = seqlab('eval', '--run', out, '--task', file, '--difficulty', '16', '--examples', '50')
    expect(found).toMatchObject({ metric: 'accuracy', chance: 1 / 8, examples: 50 })
    expect(found.byDifficulty).toMatchObject([{ length: 16 }])
  }, 60_000)
})

holdsContract({
  task: reversal,
  variants: [{ length: 5, letters: 3 }],
  refused: [],
  outOfRange: [{ length: 1 }, { letters: 27 }],
  blindTolerance: 0.1,
})
