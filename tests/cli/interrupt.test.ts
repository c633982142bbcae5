import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Outcome, type Running, start, tiny, words, workplace } from './command.js'
import { expectRefusal } from './refusals.js'

const long = (...more: string[]) => [
  ...words('train --model gla --data text.txt --steps 100000 --evaluate-every 50 --out run'),
  ...tiny,
  ...more,
]

async function trainingBegins(cwd: string): Promise<void> {
  while (!(await readdir(join(cwd, 'run')).catch((): string[] => [])).includes('tokenizer.json')) await pause(5)
}

const firstOutput = ({ process }: Running) => new Promise((resolve) => process.stdout!.once('data', resolve))

it('one Ctrl-C that arrives as two, as through npm, still stops cleanly', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await firstOutput(running)
  running.process.kill('SIGINT')
  await pause(5)
  running.process.kill('SIGINT')
  const { code, stdout, stderr } = await running.outcome
  expect(code).toBe(130)
  expect(stderr).toBe('stopping after this step; everything is kept, --resume continues\n')
  const { event, steps } = JSON.parse(stdout.trim().split('\n').at(-1)!)
  expect(event).toBe('interrupted')
  expect(await readdir(join(cwd, 'run/checkpoints'))).toContain(`step-${`${steps}`.padStart(8, '0')}`)
  expect(await readdir(join(cwd, 'run'))).not.toContain('result.json')
  expect((await readdir(join(cwd, 'run'))).filter((name) => name.startsWith('.'))).toEqual([])
})

it('a second Ctrl-C, later, ends the process at once', async () => {
  const cwd = await workplace()
  // A step of so many parts takes seconds, which the first Ctrl-C waits for.
  const slow = (out: string) => [...words(`train --model gla --data text.txt --accumulate 30000 --out ${out}`), ...tiny]
  let ended: Outcome | undefined
  // Before the first step Ctrl-C ends the process cleanly; when that begins depends on the machine.
  for (const delay of [1500, 4000, 10_000]) {
    const running = start(slow(`run${delay}`), { cwd })
    await pause(delay)
    const again = setInterval(() => running.process.kill('SIGINT'), 400)
    ended = await running.outcome
    clearInterval(again)
    if (ended.signal !== null) break
  }
  expect(ended?.signal).toBe('SIGINT')
  expect(ended?.stderr).toBe('stopping after this step; everything is kept, --resume continues\n')
})

it('SIGTERM stops as cleanly', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await firstOutput(running)
  running.process.kill('SIGTERM')
  expect((await running.outcome).code).toBe(130)
  expect((await readdir(join(cwd, 'run/checkpoints'))).length).toBeGreaterThan(0)
})

it('an interrupt before the first step leaves a run that --resume starts', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await trainingBegins(cwd)
  running.process.kill('SIGINT')
  const { code, stdout } = await running.outcome
  expect(code).toBe(130)
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!).event).toBe('interrupted')
  const again = start(long('--resume'), { cwd })
  await firstOutput(again)
  again.process.kill('SIGINT')
  expect((await again.outcome).code).toBe(130)
})

it('a second process is kept out of a run, with and without --resume, and the first goes on', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await firstOutput(running)
  for (const more of [[], ['--resume']]) {
    expectRefusal(await start(long(...more), { cwd }).outcome, 'run', `process ${running.process.pid}`, 'is using it')
  }
  running.process.kill('SIGINT')
  expect((await running.outcome).code).toBe(130)
})

it('of two processes that start together, one trains and the other is refused', async () => {
  const cwd = await workplace()
  const both = [start(long(), { cwd }), start(long(), { cwd })]
  const loser = await Promise.race(both.map(async ({ outcome }, index) => ({ index, outcome: await outcome })))
  expectRefusal(loser.outcome, 'run')
  const winner = both[1 - loser.index]
  await firstOutput(winner)
  winner.process.kill('SIGINT')
  expect((await winner.outcome).code).toBe(130)
})

it('whoever reads the output may go away: no stack trace', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await firstOutput(running)
  running.process.stdout!.destroy()
  const { signal, stderr } = await running.outcome
  expect({ signal, stderr }).toEqual({ signal: 'SIGPIPE', stderr: '' })
})

it('the lock of a process that is gone does not stay', async () => {
  const cwd = await workplace()
  const running = start(long(), { cwd })
  await firstOutput(running)
  running.process.kill('SIGKILL')
  await running.outcome
  await writeFile(join(cwd, 'note.txt'), '')
  const again = start(long('--resume'), { cwd })
  await firstOutput(again)
  again.process.kill('SIGINT')
  expect((await again.outcome).code).toBe(130)
})
