/** Comparisons on tasks from the command line, end to end. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { json, start, words, workplace } from './command.js'
import { writeOwnTask } from './own-file.js'
import { expectRefusal } from './refusals.js'

const tiny = words('--sizes dim=16:layers=1 --set heads=2 --batch 4 --steps 4 --examples 20 --workers 2 --threads 1')
const compare = (models: string, ...args: string[]) => [
  'compare',
  '--models',
  models,
  ...words('--out study'),
  ...tiny,
  ...args,
]
const recall = 'mqar:length=16:pairs=2:vocabulary=32'

/** The jobs that were run, by their ids. */
const results = async (cwd: string) => (await readdir(join(cwd, 'study/jobs'))).sort()

describe('compare --tasks', () => {
  it('tries both rates, repeats the better one from both seeds, writes a report, and the next time runs nothing', async () => {
    const cwd = await workplace()
    const command = compare('gla,lstm', ...words(`--tasks ${recall} --rates 0.001,0.01 --seeds 1,2 --json`))
    const lines = await json(command, { cwd })
    const last = lines.at(-1)!
    expect(last).toMatchObject({ event: 'done', report: 'study/report.html', data: 'study/report.json' })
    expect(last.entries).toHaveLength(2)
    for (const { score, rate, task, params } of last.entries) {
      expect([0.001, 0.01]).toContain(rate)
      expect(task).toBe(recall)
      expect(params).toBeGreaterThan(1000)
      expect(score.low).toBeLessThanOrEqual(score.mean)
    }
    // 2 models × 2 rates at the first seed, and the second seed at one rate each.
    const ids = await results(cwd)
    expect(ids).toHaveLength(6)
    for (const id of ids) expect(await readdir(join(cwd, 'study/jobs', id))).toEqual(['result.json'])
    const files = await readdir(join(cwd, 'study'))
    expect(files).toEqual(expect.arrayContaining(['report.html', 'report.json', 'results.parquet']))
    const read = async () => JSON.parse(await readFile(join(cwd, 'study/report.json'), 'utf8'))
    const report = await read()
    expect(report.command).toMatch(/^npx seqlab compare .*--models gla,lstm .*--rates 0.001,0.01/)
    expect(report.entries.map(({ tried, runs }: Record<string, unknown[]>) => [tried.length, runs.length])).toEqual([
      [2, 2],
      [2, 2],
    ])
    const [first, second] = report.entries
    expect(Math.abs(first.params / second.params - 1)).toBeLessThan(0.03)
    expect(report.pairs).toHaveLength(1)

    const ran = (events: Record<string, unknown>[]) => events.filter(({ event }) => event === 'job').length
    expect(ran(lines)).toBe(6)
    const told = await json(command, { cwd })
    expect(ran(told)).toBe(0)
    expect(told.at(-1)).toEqual(last)
    expect(await results(cwd)).toEqual(ids)
    expect(await read()).toEqual(report)
  }, 120_000)

  it('prints a table for people', async () => {
    const cwd = await workplace()
    const command = compare('lstm', ...words(`--tasks ${recall} --seeds 1`))
    const { stdout, code } = await start(command, { cwd }).outcome
    expect(code).toBe(0)
    expect(stdout).toMatch(/mechanism +task +parameters +rate +score/)
    expect(stdout).toMatch(/^lstm +mqar/m)
  })

  it('on a task of one’s own, whose results are those of its content', async () => {
    const cwd = await workplace()
    await writeOwnTask(cwd)
    const command = compare('lstm', ...words('--tasks own.mjs:numbers=8 --lengths 2,3 --seeds 1 --json'))
    const { entries } = (await json(command, { cwd })).at(-1)!
    expect(entries).toHaveLength(2)
    expect(entries[0].task).toMatch(/^own\.mjs#[0-9a-f]{8}:length=2:numbers=8$/)
    const before = await results(cwd)
    expect(before).toHaveLength(2)
    const { tasks } = JSON.parse(await readFile(join(cwd, 'study/report.json'), 'utf8'))
    expect(tasks[0]).toMatchObject({ id: 'larger', title: 'The larger number', settings: { numbers: 8, length: 2 } })

    await writeOwnTask(cwd, (text) => text.replace('Math.max', 'Math.min'))
    await json(command, { cwd })
    expect(await results(cwd)).toHaveLength(4)
  })

  it('ends with who failed where a mechanism gives no result', async () => {
    const cwd = await workplace()
    // The loss grows without end at this rate.
    const failing = words(`--tasks ${recall} --rates 1e30 --seeds 1 --optimizer sgd --clip 0`)
    const outcome = await start(compare('lstm', ...failing), { cwd }).outcome
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toMatch(/lstm on mqar.* gave no result at any rate.*failure\.json/)
    const [id] = await results(cwd)
    const { message } = JSON.parse(await readFile(join(cwd, 'study/jobs', id, 'failure.json'), 'utf8'))
    expect(message).toMatch(/diverged|not finite|grew/)
  })
})

describe('a comparison that could not end', () => {
  it('leaves nothing behind', async () => {
    const cwd = await workplace()
    const outcome = await start(compare('lstm', ...words(`--tasks ${recall} --difficulty 4`)), { cwd }).outcome
    expectRefusal(outcome, 'pairs must be at most a quarter of length 4')
    expect(await readdir(cwd)).toEqual(['text.txt'])
  })
})
