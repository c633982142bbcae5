/** All runs of this browser: those under way in their workers, and those in its storage. One store for the whole page. */
import { type Provider, platform } from 'seqlab/platform'
import type { MetricsEntry, TrainingEvent } from 'seqlab/training'
import { createStore } from '../common/store.js'
import { checkGpu, forgetGpu } from '../gpu/check.js'
import { writeBeside } from './beside.js'
import { extended } from './curve.js'
import { runPath, runsFolder } from './places.js'
import type { ExecutorKind, Plan } from './plan.js'
import type { FromRun, ToRun } from './protocol.js'
import { freeName, readRun } from './stored.js'

export type Status = 'waiting' | 'starting' | 'training' | 'pausing' | 'paused' | 'finished' | 'failed'

export interface RunView {
  /** Its folder's name. */
  readonly name: string
  /** Absent where neither the page nor the run's configuration tells it. */
  readonly plan?: Plan
  readonly status: Status
  /** As the run's log has it: not every step of a long one. */
  readonly curve: readonly MetricsEntry[]
  readonly latest?: TrainingEvent
  readonly parameters?: number
  readonly flopsPerStep?: number
  /** Of a finished run, on the whole validation part. */
  readonly result?: { readonly steps: number; readonly validLoss: number; readonly score?: number }
  /** What went wrong. */
  readonly message?: string
  /** What else is to be told. */
  readonly note?: string
  /** What it runs on, where it asked for WebGPU. */
  readonly executor?: string
}

/** Newest first. `undefined` until the storage was read. */
export const runs = createStore<readonly RunView[] | undefined>(undefined)

/** Workers of runs under way, with the threads that each may use. */
const workers = new Map<string, { readonly worker: Worker; readonly threads: number }>()
/** Rates that runs shall go on with once they have paused. */
const nextRates = new Map<string, number>()
/** Steps that the store has not heard of yet. */
const unheard = new Map<string, TrainingEvent[]>()
/** Three small models side by side are what the page is for, on machines of two cores too. */
const leastSideBySide = 3
/** The page draws a few times a second, however many steps its runs take meanwhile. */
const heardEvery = 150

const change = (name: string, update: (run: RunView) => RunView) =>
  runs.set((list) => list?.map((run) => (run.name === name ? update(run) : run)))
const find = (name: string) => runs.get()?.find((run) => run.name === name)

/** By name, which begins with the time: the same order, and so the same colours, after a reload. */
const newestFirst = (list: readonly RunView[]) => [...list].sort((a, b) => (a.name < b.name ? 1 : -1))

/** Reads the storage; runs under way or waiting stay as they are. */
export async function refreshRuns(): Promise<void> {
  const names = await platform().files.list(runsFolder)
  const read = await Promise.all(names.map(async (name) => [name, live(name) ?? (await readRun(name))] as const))
  // A run may have started meanwhile.
  const found = read.map(([name, run]) => live(name) ?? run).filter((run) => run !== undefined)
  const fresh = runs.get()?.filter(({ name }) => live(name) && !names.includes(name)) ?? []
  runs.set(() => newestFirst([...fresh, ...found]))
}

function live(name: string): RunView | undefined {
  const run = find(name)
  return workers.has(name) || run?.status === 'waiting' || run?.status === 'failed' ? run : undefined
}

/** Makes runs of the plans and starts them side by side, as many as there is room for. */
export async function startRuns(plans: readonly Plan[]): Promise<string[]> {
  // Else browsers may clear it away when they need room. They need not grant it.
  navigator.storage.persist().catch(() => undefined)
  const names: string[] = []
  for (const plan of plans) {
    const name = await newRun(plan)
    runs.set((list = []) => newestFirst([{ name, plan, status: 'waiting', curve: [] }, ...list]))
    names.push(name)
  }
  startWaiting()
  return names
}

async function newRun(plan: Plan): Promise<string> {
  const { files } = platform()
  const name = await freeName(plan.model.name)
  try {
    await files.makeDirectory(runPath(name))
    await writeBeside(name, { plan })
    return name
  } catch (error) {
    await files.remove(runPath(name))
    throw error
  }
}

/** Goes on with a run that was paused or cut off, perhaps at another peak rate or on another executor. */
export function continueRun(name: string, { rate, executor }: { rate?: number; executor?: ExecutorKind } = {}): void {
  const run = find(name)
  if (!run?.plan || workers.has(name)) return
  const plan = {
    ...run.plan,
    ...(rate !== undefined && { training: { ...run.plan.training, rate } }),
    ...(executor && { executor }),
  }
  change(name, (it) => ({ ...it, plan, status: 'waiting', message: undefined, note: undefined, executor: undefined }))
  startWaiting()
}

/** Sets the peak rate of a run; one under way saves where it is and goes on from there. */
export function changeRate(name: string, rate: number): void {
  if (workers.has(name)) {
    nextRates.set(name, rate)
    pauseRun(name)
  } else continueRun(name, { rate })
}

export function pauseRun(name: string): void {
  const isUnderWay = workers.has(name)
  if (isUnderWay) post(name, { kind: 'pause' })
  change(name, (run) => ({ ...run, status: isUnderWay ? 'pausing' : 'paused' }))
}

export async function removeRun(name: string): Promise<void> {
  const run = find(name)
  end(name)
  nextRates.delete(name)
  runs.set((list) => list?.filter((run) => run.name !== name))
  startWaiting()
  await platform()
    .files.remove(runPath(name))
    .catch(({ message }: Error) =>
      runs.set((list = []) => newestFirst([...list, { ...run!, status: 'failed', message }])),
    )
}

const post = (name: string, message: ToRun) => workers.get(name)?.worker.postMessage(message)

function end(name: string): void {
  workers.get(name)?.worker.terminate()
  workers.delete(name)
  if (workers.size === 0) removeEventListener('beforeunload', ask)
}

/** The browser asks whether the page, and with it what is under way, shall really be left. */
const ask = (event: Event) => event.preventDefault()

/** The oldest first. One that wants more threads than there are runs alone. */
function startWaiting(): void {
  const room = Math.max(leastSideBySide, platform().cores)
  for (const { name, plan, status } of [...(runs.get() ?? [])].reverse()) {
    if (status !== 'waiting' || !plan) continue
    const used = [...workers.values()].reduce((sum, { threads }) => sum + threads, 0)
    if (used > 0 && used + plan.threads > room) return
    change(name, (run) => ({ ...run, status: 'starting' }))
    work(name, plan)
  }
}

function work(name: string, plan: Plan): void {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module', name })
  workers.set(name, { worker, threads: plan.threads })
  addEventListener('beforeunload', ask)
  const leave = (last: (run: RunView) => RunView) => {
    hear()
    end(name)
    change(name, last)
    const rate = nextRates.get(name)
    nextRates.delete(name)
    if (rate !== undefined && find(name)?.status === 'paused') continueRun(name, { rate })
    else startWaiting()
  }
  const fail = (message: string) => {
    if (plan.executor === 'webgpu') forgetGpu()
    leave((run) => ({ ...run, status: 'failed', message }))
  }
  worker.onerror = ({ message }) => fail(message || 'The worker of this run ended unexpectedly.')
  worker.onmessage = ({ data }: MessageEvent<FromRun>) => {
    if (data.kind === 'failed') fail(data.message)
    else if (data.kind === 'step') listen(name, data.event)
    else if (data.kind === 'onCpu')
      change(name, (run) => ({ ...run, executor: partsText(run.executor, data.operators) }))
    else if (data.kind === 'started') {
      const { parameters, flopsPerStep } = data
      // Paused before it began: it is told so when it gets there.
      change(name, (run) => ({
        ...run,
        status: run.status === 'starting' ? 'training' : run.status,
        parameters,
        flopsPerStep,
      }))
    } else {
      const { result } = data
      leave((run) =>
        result.stopped === 'interrupted' ? { ...run, status: 'paused' } : { ...run, status: 'finished', result },
      )
    }
  }
  provide(plan).then(({ provider, executor }) => {
    change(name, (run) => ({ ...run, executor }))
    post(name, { kind: 'train', name, plan, provider })
  })
}

/** WebGPU where it was asked for and has been found right; else WASM, and why. */
async function provide({ executor }: Plan): Promise<{ provider: Provider; executor?: string }> {
  if (executor !== 'webgpu') return { provider: 'cpu' }
  const { status, adapter, why } = await checkGpu()
  return status === 'passed'
    ? { provider: 'webgpu', executor: `On WebGPU: ${adapter}.` }
    : { provider: 'cpu', executor: `On WASM, as WebGPU cannot be used here. ${why}.` }
}

const partsText = (executor: string | undefined, operators: readonly string[]) =>
  operators.length === 0
    ? executor
    : `${executor} It has no ${operators.join(', ')}: that part of this model runs on the CPU (WASM).`

function listen(name: string, event: TrainingEvent): void {
  if (unheard.size === 0) setTimeout(hear, heardEvery)
  unheard.set(name, [...(unheard.get(name) ?? []), event])
}

function hear(): void {
  if (unheard.size === 0) return
  const heard = new Map(unheard)
  unheard.clear()
  runs.set((list) =>
    list?.map((run) => {
      const events = heard.get(run.name)
      return events ? { ...run, latest: events.at(-1), curve: extended(run.curve, events) } : run
    }),
  )
}
