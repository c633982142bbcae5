import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { start, words, workplace } from './command.js'

/** Resident memory of a process in MiB. */
function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

// Estimates and checkpoints are part of it: what they hold must be given back too.
const runs = ['--model gla', '--model transformer-xl --accumulate 2 --set dropout=0.1']

it.runIf(process.platform === 'linux').each(runs)(
  '500 steps of %s grow the process by less than 50 MiB after the first 100',
  async (more) => {
    const cwd = await workplace()
    const frame = '--set layers=2 --set dim=32 --set heads=2 --context 32 --batch 8 --threads 1 --json'
    const running = start(
      words(`train --data text.txt --steps 600 --evaluate-every 20 --save-every 50 --out run ${frame} ${more}`),
      { cwd },
    )
    const measured: { step: number; MiB: number }[] = []
    running.process.stdout!.on('data', (text: string) => {
      const { event, step } = JSON.parse(text.trim().split('\n').at(-1)!)
      if (event === 'step') measured.push({ step, MiB: residentMiB(running.process.pid!) })
    })
    expect((await running.outcome).code).toBe(0)
    const at100 = measured.find(({ step }) => step >= 100)!
    const later = measured.filter(({ step }) => step > 100).map(({ MiB }) => MiB)
    expect(later.length).toBeGreaterThan(5)
    expect(Math.max(...later) - at100.MiB).toBeLessThan(50)
  },
)
