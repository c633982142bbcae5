import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { expectSameEnd, json, start, tiny, words, workplace } from './command.js'

const steps = 300
const run = (out: string, more: readonly string[]) => [
  ...words(`train --data text.txt --steps ${steps} --evaluate-every 20 --save-every 25 --out ${out}`),
  ...tiny,
  ...more,
]

/** Starts a run and interrupts it, or kills it, as soon as it has told of a step from `from` on. */
async function stopped(args: readonly string[], cwd: string, from: number, signal: NodeJS.Signals) {
  const running = start(args, { cwd })
  let told = ''
  running.process.stdout!.on('data', (text: string) => {
    told += text
    const last = told.slice(0, told.lastIndexOf('\n')).split('\n').at(-1)
    if (last && JSON.parse(last).step >= from) running.process.kill(signal)
  })
  return running.outcome
}

const everything = words('--accumulate 2 --patience 3 --set dropout=0.2')
const cases: [string, string[]][] = [
  ['plain gla', words('--model gla')],
  ['accumulation, early stopping and dropout', [...words('--model gla'), ...everything]],
  ['the same with carried state', [...words('--model gla --carry'), ...everything]],
  ['segment memory', [...words('--model transformer-xl'), ...everything]],
  [
    'a sliding window carried from step to step, a ring',
    [...words('--model transformer --set mixers.0.window=8 --carry'), ...everything],
  ],
  [
    'LSTM with SGD, linear schedule and frozen parts',
    words('--model lstm --optimizer sgd --lr 0.1 --schedule linear --freeze input'),
  ],
]

it.each(cases)(
  'a run that was interrupted and then killed ends in the bytes of one that was not: %s',
  async (_, more) => {
    const cwd = await workplace()
    const whole = json(run('whole', more), { cwd })
    const first = await stopped(run('parts', more), cwd, 40, 'SIGINT')
    expect(first.code).toBe(130)
    expect(first.stderr).toMatch(/^stopping after this step; everything is kept/)
    const said = JSON.parse(first.stdout.trim().split('\n').at(-1)!)
    expect(said).toMatchObject({ event: 'interrupted', run: 'parts', resumedFrom: null })
    expect((await stopped(run('parts', [...more, '--resume']), cwd, said.steps + 30, 'SIGKILL')).signal).toBe('SIGKILL')
    const result = (await json(run('parts', [...more, '--resume']), { cwd })).at(-1)!
    const uninterrupted = (await whole).at(-1)!
    expect(result.resumedFrom).toBeGreaterThanOrEqual(said.steps)
    expect(result.resumedFrom).toBeLessThan(result.steps)
    const { steps: end, trainLoss, validLoss, stopped: reason } = uninterrupted
    expect(result).toMatchObject({ steps: end, trainLoss, validLoss })
    expect(result.stopped).toBe(reason)
    await expectSameEnd(join(cwd, 'whole'), join(cwd, 'parts'))

    const metrics = async (name: string) =>
      (await readFile(join(cwd, name, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const [a, b] = [await metrics('whole'), await metrics('parts')]
    const withoutTime = (entries: Record<string, unknown>[]) => entries.map(({ seconds, ...entry }) => entry)
    expect(withoutTime(b)).toEqual(withoutTime(a))
    const seconds = b.map((entry) => entry.seconds)
    expect(seconds, 'the time of a resumed run goes on').toEqual(seconds.toSorted((x, y) => x - y))
  },
  120_000,
)

it('what was measured after the checkpoint is cut off and measured again', async () => {
  const cwd = await workplace()
  const more = words('--model gla')
  const first = await stopped(run('run', more), cwd, 40, 'SIGINT')
  const { steps: kept } = JSON.parse(first.stdout.trim().split('\n').at(-1)!)
  const log = join(cwd, 'run/metrics.jsonl')
  await appendFile(log, `{"step":${kept + 1},"loss":-1}\n{"step":${kept + 2},"lo`)
  await json(run('run', [...more, '--resume']), { cwd })
  const entries = (await readFile(log, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
  expect(entries.every(({ loss }) => loss > 0)).toBe(true)
})

it('another thread count is told, and does not keep a run from going on', async () => {
  const cwd = await workplace()
  const more = words('--model gla')
  await stopped(run('run', more), cwd, 40, 'SIGINT')
  const args = run('run', [...more, '--resume']).map((word, index, all) =>
    all[index - 1] === '--threads' ? '2' : word,
  )
  const { code, stderr } = await start(args, { cwd }).outcome
  expect(stderr).toBe('warning: the run had --threads 1 and continues with 2; results will differ in the last digits\n')
  expect(code).toBe(0)
})
