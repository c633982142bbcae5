/** Measuring a case: its sides take turns. */
import type { BenchCase } from './cases.js'
import { type BenchLine, benchLine, type Figures, median } from './figures.js'
import type { BenchFrame } from './frame.js'
import type { Side } from './side.js'
import { turnOfEach } from './turns.js'

/** Starts sides, each in a process of its own. */
export interface Sides {
  own(name: string, workload: string, threads: number): Promise<Side>
  /** The same frame in PyTorch; undefined where that cannot be. */
  torch(frame: BenchFrame, threads: number): Promise<Side | undefined>
}

export interface MeasureOptions {
  readonly threads: number
  /** Turns of each side. */
  readonly turns?: number
  /** Steps a turn, instead of the case's own. */
  readonly steps?: number
}

export async function measureCase(benchCase: BenchCase, sides: Sides, options: MeasureOptions): Promise<BenchLine> {
  const { name, workloads, fresh, extras } = benchCase
  const { threads, turns = 7, steps = benchCase.steps } = options
  const names = Object.keys(workloads)
  const tokens = workloads[names[0]].tokens
  const measured = fresh
    ? [await inNewProcesses(() => sides.own(name, names[0], threads), turns)]
    : await inTurns(await startAll(benchCase, sides, threads), turns, steps)
  const own = Object.fromEntries(names.map((key, at) => [key, figuresOf(measured[at], workloads[key].tokens)]))
  const torch = measured[names.length] && figuresOf(measured[names.length], tokens)
  return benchLine(name, threads, { own: own[names[0]], torch, extras: extras?.(own) ?? {} })
}

/** A side for each workload, and PyTorch's last; one after the other, so that none disturbs another's start. */
async function startAll({ name, workloads, frame }: BenchCase, sides: Sides, threads: number): Promise<Side[]> {
  const started: Side[] = []
  for (const workload of Object.keys(workloads)) started.push(await sides.own(name, workload, threads))
  const torch = frame && (await sides.torch(frame, threads))
  return torch ? [...started, torch] : started
}

type Measured = Pick<Figures, 'msPerStep' | 'peakRssMiB' | 'rssMiB' | 'fingerprint'>

function figuresOf(measured: Measured, tokens: number): Figures {
  return { ...measured, tokensPerSecond: (tokens / measured.msPerStep) * 1000 }
}

/** Warm-up is the first step and a whole turn. */
async function inTurns(sides: readonly Side[], turns: number, steps: number): Promise<Measured[]> {
  const milliseconds = sides.map((): number[] => [])
  for (let turn = 0; turn <= turns; turn++) {
    const middles = await turnOfEach(sides, () => steps)
    if (turn > 0) middles.forEach((middle, at) => void milliseconds[at].push(middle))
  }
  const ended = await Promise.all(sides.map((side) => side.finish()))
  return ended.map((end, at) => ({ ...end, msPerStep: median(milliseconds[at]) }))
}

/** What happens once in a process: every turn is a new one, and its first step what counts. */
async function inNewProcesses(start: () => Promise<Side>, turns: number): Promise<Measured> {
  const milliseconds: number[] = []
  const peaks: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const side = await start()
    milliseconds.push(side.firstStepSeconds * 1000)
    peaks.push((await side.finish()).peakRssMiB)
  }
  return { msPerStep: median(milliseconds), peakRssMiB: median(peaks) }
}
