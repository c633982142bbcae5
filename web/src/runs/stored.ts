/** A run as this browser's storage has it. */
import { isLocked } from 'seqlab/browser'
import { platform } from 'seqlab/platform'
import { finishedResult, latestCheckpoint, metricsLog, openRun } from 'seqlab/training'
import { readBeside } from './beside.js'
import { runPath, runsFolder } from './places.js'
import { planOf } from './plan.js'
import type { RunView } from './runs.js'

/** `undefined` for a folder that is no run. */
export async function readRun(name: string): Promise<RunView | undefined> {
  const { files } = platform()
  const beside = await readBeside(name).catch(() => undefined)
  // One that waited for its turn when the page was closed has nothing but its plan yet.
  if (beside && !(await files.exists(files.join(runPath(name), 'config.json'))))
    return { name, ...beside, status: 'paused', curve: [] }
  try {
    const run = await openRun(runPath(name))
    const curve = await metricsLog(run.files.metrics).read()
    const result = (await finishedResult(run)) as (RunView['result'] & { params: number }) | undefined
    return {
      name,
      plan: beside?.plan ?? planOf(run.configuration),
      status: result ? 'finished' : 'paused',
      curve,
      result,
      parameters: beside?.parameters ?? result?.params,
      flopsPerStep: beside?.flopsPerStep,
      note: result ? undefined : await noteOf(name, curve.at(-1)?.step ?? 0),
      ...(run.configuration.executor === 'webgpu' && { executor: 'Begun on WebGPU.' }),
    }
  } catch (error) {
    return beside && { name, ...beside, status: 'failed', curve: [], message: (error as Error).message }
  }
}

/** Why a run that is not finished stands where it does. */
async function noteOf(name: string, logged: number): Promise<string | undefined> {
  if (await isLocked(runPath(name))) return 'Another tab of this browser is at work on it.'
  const saved = (await latestCheckpoint(runPath(name)))?.step
  if (saved === undefined) return 'It was cut off before anything was saved; it begins again.'
  if (saved < logged) return `It was cut off after step ${logged}. Step ${saved} was saved; it goes on from there.`
  return undefined
}

/** 2026-11-30-1412-gla: sorts by time, and says what it is. */
export async function freeName(model: string): Promise<string> {
  const time = new Date().toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  const base = `${time}-${model.replace(/[^\w-]+/g, '-')}`
  const taken = new Set(await platform().files.list(runsFolder))
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`
    // A worker that was ended with its run keeps the lock for a moment after the folder is gone.
    if (!taken.has(name) && !(await isLocked(runPath(name)))) return name
  }
}
