/** Reading a finished or running training run. */
import { type Tokenizer, tokenizerFromJSON } from '../data/index.js'
import type { TensorData } from '../engine/index.js'
import { createModel, type Model, parseWith } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { readJson } from './canonical-json.js'
import { loadCheckpoint, type OpenWeights, openCheckpointWeights } from './checkpoint.js'
import { bestOrLatest } from './checkpoint-folders.js'
import { checkTensors, parameterSpecs } from './fit.js'
import { type Origin, openRun, type Run, runOrigin } from './run-directory.js'
import { type TrainingRunSettings, trainingSettings } from './settings.js'

export interface LoadedRun {
  readonly run: Run
  readonly model: Model
  /** Of runs on text. */
  readonly tokenizer?: Tokenizer
  /** Of runs that began with a model of other software. */
  readonly origin?: Origin
  readonly parameters: Record<string, TensorData>
  readonly settings: TrainingRunSettings
}

/** A run's model with the weights of its best or else newest checkpoint. */
export async function loadRun(path: string): Promise<LoadedRun> {
  const opened = await describedRun(path)
  const checkpoint = await bestOrLatest(path)
  const { weights } = await loadCheckpoint(checkpoint)
  checkTensors(weights, parameterSpecs(opened.model), checkpoint, foreign)
  return { ...opened, parameters: weights }
}

const foreign = 'it is of another run, restore the folder from its source'

async function describedRun(path: string): Promise<Omit<LoadedRun, 'parameters'>> {
  const run = await openRun(path)
  const model = modelOfRun(run)
  const settings = parseWith(trainingSettings, run.configuration.settings, `${run.files.config}: settings`)
  const { task } = run.configuration
  const hasTokens = await platform().files.exists(run.files.tokenizer)
  const tokenizer = task === undefined || hasTokens ? tokenizerFromJSON(await readJson(run.files.tokenizer)) : undefined
  return { run, model, tokenizer, origin: await originOf(run), settings }
}

async function originOf({ files }: Run): Promise<Origin | undefined> {
  if (!(await platform().files.exists(files.origin))) return undefined
  return parseWith(runOrigin, await readJson(files.origin), files.origin)
}

/** A run's model, without its weights. @throws UserError where the run's configuration is of no model */
export function modelOfRun({ configuration, files: { config } }: Run): Model {
  try {
    return createModel(configuration.model)
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${config}: ${error.message}`, { cause: error }) : error
  }
}

/** A run on text. @throws UserError for one on a task whose tokens are no text */
export async function loadTextRun(path: string): Promise<LoadedRun & { readonly tokenizer: Tokenizer }> {
  return withTokenizer(path, await loadRun(path))
}

/** A run on text whose weights are read one by one, until they are closed. @throws UserError as {@link loadTextRun} */
export async function openTextRun(
  path: string,
): Promise<Omit<LoadedRun, 'parameters'> & { readonly tokenizer: Tokenizer; readonly weights: OpenWeights }> {
  const opened = withTokenizer(path, await describedRun(path))
  const checkpoint = await bestOrLatest(path)
  const weights = await openCheckpointWeights(checkpoint)
  try {
    checkTensors(weights.specs, parameterSpecs(opened.model), checkpoint, foreign)
  } catch (error) {
    await weights.close()
    throw error
  }
  return { ...opened, weights }
}

function withTokenizer<R extends Omit<LoadedRun, 'parameters'>>(path: string, { tokenizer, ...opened }: R) {
  if (tokenizer) return { ...opened, tokenizer }
  const { task } = opened.run.configuration
  throw new UserError(`${path}: learned the task ${task}, whose tokens are no text – use seqlab eval --run ${path}`)
}

/** What a finished run reported; undefined while it is not finished. */
export async function finishedResult(run: Run): Promise<Record<string, unknown> | undefined> {
  return (await platform().files.exists(run.files.result)) ? readJson(run.files.result) : undefined
}
