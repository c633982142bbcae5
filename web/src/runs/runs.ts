/** All runs of this browser: those under way in their workers, and those in its storage. One store for the whole page. */
import { platform } from 'seqlab/platform'
import { finishedResult, type MetricsEntry, metricsLog, openRun, type TrainingEvent } from 'seqlab/training'
import { createStore } from '../common/store.js'
import { runPath, runsFolder } from './places.js'
import type { Plan } from './plan.js'
import type { FromRun, ToRun } from './protocol.js'

export type Status = 'starting' | 'training' | 'pausing' | 'paused' | 'finished' | 'failed'

export interface RunView {
  /** Its folder's name. */
  readonly name: string
  /** Absent where the run came from elsewhere. */
  readonly plan?: Plan
  readonly status: Status
  readonly curve: readonly MetricsEntry[]
  readonly latest?: TrainingEvent
  readonly parameters?: number
  readonly flopsPerStep?: number
  /** What went wrong, or what else is to be told. */
  readonly message?: string
}

/** Newest first. `undefined` until the storage was read. */
export const runs = createStore<readonly RunView[] | undefined>(undefined)

const workers = new Map<string, Worker>()
/** A run's plan lies beside its configuration, under a hidden name: the command line passes over it. */
const planFile = '.workbench.json'

const change = (name: string, update: (run: RunView) => RunView) =>
  runs.set((list) => list?.map((run) => (run.name === name ? update(run) : run)))

/** Reads the storage; runs under way stay as they are. */
export async function refreshRuns(): Promise<void> {
  const { files } = platform()
  const names = await files.list(runsFolder)
  const found = await Promise.all(names.map(async (name) => known(name) ?? (await readRun(name))))
  runs.set(() => found.filter((run) => run !== undefined).sort((a, b) => (a.name < b.name ? 1 : -1)))
}

const known = (name: string) => (workers.has(name) ? runs.get()?.find((run) => run.name === name) : undefined)

async function readRun(name: string): Promise<RunView | undefined> {
  const { files } = platform()
  const path = runPath(name)
  const json = async (file: string) => JSON.parse(new TextDecoder().decode(await files.read(files.join(path, file))))
  const plan: Plan | undefined = (await files.exists(files.join(path, planFile))) ? await json(planFile) : undefined
  try {
    const run = await openRun(path)
    const finished = await finishedResult(run)
    return { name, plan, status: finished ? 'finished' : 'paused', curve: await metricsLog(run.files.metrics).read() }
  } catch (error) {
    return plan && { name, plan, status: 'failed', curve: [], message: (error as Error).message }
  }
}

/** Makes runs of the plans and starts them side by side. */
export async function startRuns(plans: readonly Plan[]): Promise<string[]> {
  const { files } = platform()
  const names: string[] = []
  for (const plan of plans) {
    const name = await freeName(plan.model.name)
    await files.makeDirectory(runPath(name))
    await files.writeAtomic(files.join(runPath(name), planFile), JSON.stringify(plan))
    runs.set((list) => [{ name, plan, status: 'starting', curve: [] }, ...(list ?? [])])
    names.push(name)
    work(name, plan)
  }
  return names
}

/** 2026-11-30-1412-gla: sorts by time, and says what it is. */
async function freeName(model: string): Promise<string> {
  const time = new Date().toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  const base = `${time}-${model.replace(/[^\w-]+/g, '-')}`
  const taken = new Set(await platform().files.list(runsFolder))
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`
    if (!taken.has(name)) return name
  }
}

/** Goes on with a run that was paused or cut off, perhaps at another peak rate. */
export function continueRun(name: string, rate?: number): void {
  const run = runs.get()?.find((entry) => entry.name === name)
  if (!run?.plan || workers.has(name)) return
  const plan = rate === undefined ? run.plan : { ...run.plan, training: { ...run.plan.training, rate } }
  change(name, (it) => ({ ...it, plan, status: 'starting', message: undefined }))
  work(name, plan)
}

export function pauseRun(name: string): void {
  post(name, { kind: 'pause' })
  change(name, (run) => ({ ...run, status: 'pausing' }))
}

export async function removeRun(name: string): Promise<void> {
  workers.get(name)?.terminate()
  workers.delete(name)
  await platform().files.remove(runPath(name))
  runs.set((list) => list?.filter((run) => run.name !== name))
}

const post = (name: string, message: ToRun) => workers.get(name)?.postMessage(message)

function work(name: string, plan: Plan): void {
  const worker = new Worker(new URL('./run.worker.ts', import.meta.url), { type: 'module', name })
  workers.set(name, worker)
  const end = () => {
    worker.terminate()
    workers.delete(name)
  }
  const fail = (message: string) => {
    end()
    change(name, (run) => ({ ...run, status: 'failed', message }))
  }
  worker.onerror = ({ message }) => fail(message || 'The worker of this run ended unexpectedly.')
  worker.onmessage = ({ data }: MessageEvent<FromRun>) => {
    if (data.kind === 'failed') fail(data.message)
    else if (data.kind === 'ended') {
      end()
      change(name, (run) => ({ ...run, status: data.result.stopped === 'interrupted' ? 'paused' : 'finished' }))
    } else if (data.kind === 'started') {
      const { parameters, flopsPerStep } = data
      change(name, (run) => ({ ...run, status: 'training', parameters, flopsPerStep }))
    } else change(name, (run) => ({ ...run, latest: data.event, curve: extended(run.curve, data.event) }))
  }
  post(name, { kind: 'train', folder: runPath(name), plan })
}

/** A run that continues from a checkpoint measures again what came after it. */
function extended(curve: readonly MetricsEntry[], event: TrainingEvent): MetricsEntry[] {
  const before = (curve.at(-1)?.step ?? 0) < event.step ? curve : curve.filter(({ step }) => step < event.step)
  return [...before, { ...event } as unknown as MetricsEntry]
}
