import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seqlab, tiny, words, workplace } from './command.js'
import { expectRefusal } from './refusals.js'

const run = (more: string) => [
  ...words('train --data text.txt --steps 50 --out run'),
  ...tiny.filter((word) => word !== '--json'),
  ...words(more),
]

/** The steps whose metrics were written before training stopped. */
async function measured(cwd: string): Promise<{ step: number; loss: number | null }[]> {
  const text = await readFile(join(cwd, 'run/metrics.jsonl'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it('a loss that is no number stops with the step and the first tensor that is not finite', async () => {
  const cwd = await workplace()
  const { code, stderr } = await seqlab(run('--model mamba2 --lr 1e6 --clip 0'), { cwd })
  expect(stderr).toMatch(
    /^seqlab: training diverged at step 2: first not finite: blocks\.0\.out\nthere is no good checkpoint yet – use a lower --lr/,
  )
  expect(code).toBe(2)
  expect(await measured(cwd)).toEqual([expect.objectContaining({ step: 1, loss: expect.any(Number) })])
})

it('a loss that explodes stops with the step, what it grew to and from, and the last checkpoint with a better one', async () => {
  const cwd = await workplace()
  const outcome = await seqlab(run('--model gla --optimizer sgd --lr 10 --clip 0 --schedule constant --save-every 1'), {
    cwd,
  })
  const [, step, now, first, good] =
    /step (\d+): the loss grew to (\S+) from (\S+);.*\n.*step (\d+)/.exec(outcome.stderr) ?? []
  expect(Number(now)).toBeGreaterThan(10 * Number(first))
  // Tied logits begin with a variance of about 1, which adds half of it to the loss of an even guess.
  expect(Number(first)).toBeCloseTo(Math.log(58) + 0.5, 0)
  // The checkpoint of the step before holds the weights that gave this loss.
  expect(Number(good)).toBe(Number(step) - 2)
  expect(await readdir(join(cwd, 'run/checkpoints'))).toContain(`step-${good.padStart(8, '0')}`)
  expect(await readdir(join(cwd, 'run'))).not.toContain('result.json')
  expect(outcome.code).toBe(2)
})

it('weights that an update broke are never saved', async () => {
  const cwd = await workplace()
  const { code, stderr } = await seqlab(run('--model gla --lr 1e39 --warmup 0 --save-every 1'), { cwd })
  expect(stderr).toMatch(/step 1: first not finite: parameter \S+, after the update\nthere is no good checkpoint/)
  expect(code).toBe(2)
  expect(await readdir(join(cwd, 'run/checkpoints')).catch(() => [])).toEqual([])
})

it('where the values are finite, the gradient that is not is named', async () => {
  const cwd = await workplace()
  const outcome = await seqlab(run('--model gla --lr 1e5 --clip 0 --warmup 50 --set norm=none --save-every 1'), {
    cwd,
  })
  expectRefusal({ ...outcome, stdout: '' }, /first not finite: gradient of blocks\.0\.\S+\nthere is no good checkpoint/)
})

it('carried state, accumulation and dropout are looked through as well', async () => {
  const cwd = await workplace()
  const more = '--model mamba2 --lr 1e6 --clip 0 --carry --accumulate 2 --set dropout=0.1'
  expectRefusal(
    { ...(await seqlab(run(more), { cwd })), stdout: '' },
    /diverged at step 2: first not finite: blocks\.0\.(decay|out)\n/,
  )
})
