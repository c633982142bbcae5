import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { type Json, type JsonObject, readJson, writeJson } from './canonical-json.js'
import { latestCheckpoint } from './checkpoint-folders.js'
import { type Difference, describeDifferences, differences } from './configuration-difference.js'

const format = 'seqlab-run'
const version = 1

/**
 * A folder that holds one training run:
 *
 *   config.json              what was asked for, and what was changed on the way; its presence makes the folder a run
 *   tokenizer.json           how text became tokens
 *   origin.json              what other software's model it began with, where it did
 *   metrics.jsonl            what was measured, a line an entry (metrics.ts)
 *   checkpoints/step-…/      where the run can go on (checkpoint.ts)
 *   result.json              what came out; its presence means that the run is finished
 */
export interface Run {
  readonly path: string
  /** As the run goes on now. */
  readonly configuration: JsonObject
  /** Settings of training that were others at first, and after which step they changed; oldest first. */
  readonly changes: readonly SettingChange[]
  readonly files: {
    config: string
    tokenizer: string
    origin: string
    metrics: string
    checkpoints: string
    result: string
  }
}

/** A folder of other software, as far as it takes to write the model so again: the text of config.json, and the tensors' names. */
export const runOrigin = z.object({ config: z.string(), tensors: z.array(z.string()) })
export type Origin = z.infer<typeof runOrigin>

export interface SettingChange extends Difference {
  readonly step: number
}

/** A run that this process alone may write to, until it releases it or ends. */
export interface WritableRun extends Run {
  /** Settings that differ from those the run was made with, all of them allowed to. */
  readonly differences: Difference[]
  release(): Promise<void>
}

function runAt(path: string, configuration: JsonObject, changes: readonly SettingChange[] = []): Run {
  const at = (name: string) => platform().files.join(path, name)
  const files = {
    config: at('config.json'),
    tokenizer: at('tokenizer.json'),
    origin: at('origin.json'),
    metrics: at('metrics.jsonl'),
    checkpoints: at('checkpoints'),
    result: at('result.json'),
  }
  return { path, configuration, changes, files }
}

/** Opens a run for reading. Throws a `UserError` when the folder holds none, or one of another version. */
export async function openRun(path: string): Promise<Run> {
  const { files } = platform()
  const { config } = runAt(path, {}).files
  if (!(await files.exists(config))) {
    const found = (await files.exists(path)) ? 'the folder has no config.json' : 'there is no such folder'
    throw new UserError(`${path}: not a run, ${found} – name the --out folder of a training run`)
  }
  const document = await readJson(config)
  if (document.format !== format) {
    throw new UserError(`${config}: not the config.json of a run – name the --out folder of a training run`)
  }
  if (document.version !== version) {
    const found = JSON.stringify(document.version)
    throw new UserError(`${config}: expected version ${version}, got ${found} – use the seqlab that wrote it`)
  }
  if (!isObject(document.configuration)) {
    throw new UserError(`${config}: has no configuration, so nothing tells what was trained – restore the file`)
  }
  return runAt(path, document.configuration, (document.changes ?? []) as unknown as SettingChange[])
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Makes a new run and locks it. Throws a `UserError` when the folder already holds a run or anything else. */
export async function createRun(path: string, configuration: JsonObject): Promise<WritableRun> {
  return locked(path, async () => {
    const { files } = platform()
    const { config } = runAt(path, {}).files
    if (await files.exists(config)) {
      await openRun(path)
      throw new UserError(`${path}: already holds a run – add --resume to continue it, or choose another --out`)
    }
    // Hidden names are no content: our own lock, and what a run killed before it had a config.json left behind.
    if ((await files.list(path)).some((name) => !name.startsWith('.'))) {
      throw new UserError(`${path}: not empty and not a run – choose a new or empty folder for --out`)
    }
    await writeJson(config, { format, version, configuration })
    return { ...runAt(path, configuration), differences: [] }
  })
}

/**
 * Continues a run, or makes it where there is none yet, and locks it. Throws a `UserError` naming each setting that is
 * not the one the run was made with, except `mayDiffer` (dotted paths), which are returned as `differences`. Those of
 * training (`settings.…`) are the run's from now on, and its configuration tells what they were.
 */
export async function resumeRun(
  path: string,
  configuration: JsonObject,
  { mayDiffer = [] }: { mayDiffer?: string[] } = {},
): Promise<WritableRun> {
  if (!(await platform().files.exists(runAt(path, {}).files.config))) return createRun(path, configuration)
  return locked(path, async () => {
    const run = await openRun(path)
    const found = differences(run.configuration, configuration)
    const forbidden = found.filter(({ setting }) => !mayDiffer.includes(setting))
    if (forbidden.length > 0) {
      const which = describeDifferences(forbidden)
      throw new UserError(`${path}: made with other settings: ${which} – use the same, or choose another --out`)
    }
    await removeTemporary(path)
    const changed = found.filter(({ setting }) => setting.startsWith('settings.'))
    return { ...(changed.length > 0 ? await withChanges(run, configuration, changed) : run), differences: found }
  })
}

async function withChanges(run: Run, { settings }: JsonObject, changed: readonly Difference[]): Promise<Run> {
  const step = (await latestCheckpoint(run.path))?.step ?? 0
  const configuration = { ...run.configuration, settings }
  const changes = [...run.changes, ...changed.map((change) => ({ step, ...change }))]
  await writeJson(run.files.config, { format, version, configuration, changes })
  return runAt(run.path, configuration, changes)
}

async function locked(path: string, open: () => Promise<Omit<WritableRun, 'release'>>): Promise<WritableRun> {
  await platform().files.makeDirectory(path)
  const { release } = await platform().files.lock(path)
  try {
    return { ...(await open()), release }
  } catch (error) {
    await release()
    throw error
  }
}

/** What a kill left of files that were being replaced. Safe under the lock: nobody else is writing. */
async function removeTemporary(path: string): Promise<void> {
  const { files } = platform()
  for (const name of await files.list(path)) {
    if (/^\..+\.tmp$/.test(name)) await files.remove(files.join(path, name))
  }
}

/** Removes a run in which nothing happened yet, so that a mistake found late leaves no half-made run behind. */
export async function removeEmptyRun({ path, files: { config, tokenizer, origin, metrics } }: Run): Promise<void> {
  const { files } = platform()
  if ((await latestCheckpoint(path)) || (await files.exists(metrics))) return
  // What makes it a run goes last.
  await files.remove(tokenizer)
  await files.remove(origin)
  await files.remove(config)
}
