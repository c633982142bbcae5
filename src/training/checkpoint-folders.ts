import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { readJson } from './canonical-json.js'

/** What a checkpoint's folder holds. */
export const checkpointFiles = {
  weights: 'weights.safetensors',
  training: 'training.safetensors',
  progress: 'progress.json',
} as const

export interface CheckpointFolder {
  step: number
  path: string
}

/** The prefix of a folder being written or removed: it was never, or is no longer, a checkpoint. */
const temporaryPrefix = '.unfinished-'

export function checkpointsFolder(runDirectory: string): string {
  return platform().files.join(runDirectory, 'checkpoints')
}

export function checkpointPath(runDirectory: string, step: number): string {
  return platform().files.join(checkpointsFolder(runDirectory), `step-${String(step).padStart(8, '0')}`)
}

export function temporaryPath(runDirectory: string, purpose: string): string {
  return platform().files.join(checkpointsFolder(runDirectory), `${temporaryPrefix}${purpose}`)
}

/** The checkpoints that have all their files, oldest first. */
export async function listCheckpoints(runDirectory: string): Promise<CheckpointFolder[]> {
  const { files } = platform()
  const parent = checkpointsFolder(runDirectory)
  const whole: CheckpointFolder[] = []
  for (const name of await files.list(parent)) {
    const step = /^step-(\d{8,})$/.exec(name)?.[1]
    const path = files.join(parent, name)
    if (step && (await isWhole(path))) whole.push({ step: Number(step), path })
  }
  return whole.sort((a, b) => a.step - b.step)
}

async function isWhole(path: string): Promise<boolean> {
  const { files } = platform()
  for (const name of Object.values(checkpointFiles)) if (!(await files.exists(files.join(path, name)))) return false
  return true
}

/** The newest whole checkpoint of a run, if it has one. What a killed process left half written is passed over. */
export async function latestCheckpoint(runDirectory: string): Promise<CheckpointFolder | undefined> {
  return (await listCheckpoints(runDirectory)).at(-1)
}

/** The newest checkpoint that was the best of its run when it was saved, if one was marked so. */
export async function bestCheckpoint(runDirectory: string): Promise<CheckpointFolder | undefined> {
  for (const folder of (await listCheckpoints(runDirectory)).reverse()) {
    const progress = await readJson(platform().files.join(folder.path, checkpointFiles.progress))
    if (progress.best === true) return folder
  }
  return undefined
}

/** Removes what killed processes left half written or half removed. */
export async function removeUnfinished(runDirectory: string): Promise<void> {
  const { files } = platform()
  const parent = checkpointsFolder(runDirectory)
  for (const name of await files.list(parent)) {
    if (name.startsWith(temporaryPrefix)) await files.remove(files.join(parent, name))
  }
}

/** Removes a folder so that a kill on the way never leaves half a checkpoint under a checkpoint's name. */
export async function removeWhole(runDirectory: string, path: string): Promise<void> {
  const { files } = platform()
  const unfinished = temporaryPath(runDirectory, 'removal')
  await files.rename(path, unfinished)
  await files.remove(unfinished)
}

/** Removes all but the newest `keep` checkpoints (at least one) and the best; nothing while damage hides which one is the best. */
export async function prune(runDirectory: string, keep: number): Promise<void> {
  let best: CheckpointFolder | undefined
  try {
    best = await bestCheckpoint(runDirectory)
  } catch (error) {
    if (error instanceof UserError) return
    throw error
  }
  for (const { path } of (await listCheckpoints(runDirectory)).slice(0, -Math.max(keep, 1))) {
    if (path !== best?.path) await removeWhole(runDirectory, path)
  }
}

/** The folder of a run's best checkpoint where one was marked, else of its newest. */
export async function bestOrLatest(runDirectory: string): Promise<string> {
  const chosen = (await bestCheckpoint(runDirectory)) ?? (await latestCheckpoint(runDirectory))
  if (chosen) return chosen.path
  throw new UserError(`${runDirectory}: has no checkpoint – train it first, or name the --out folder of a training run`)
}
