/** Reading a finished or running training run. */
import { type Tokenizer, tokenizerFromJSON } from '../data/index.js'
import { createModel, type Model } from '../models/index.js'
import type { TensorData } from '../engine/index.js'
import { platform } from '../platform/index.js'
import { readJson } from '../training/canonical-json.js'
import { bestOrLatest, loadCheckpoint, openRun, type Run } from '../training/index.js'

export interface LoadedRun {
  readonly run: Run
  readonly model: Model
  readonly tokenizer: Tokenizer
  readonly parameters: Record<string, TensorData>
  readonly settings: any
}

/** A run's model with the weights of its best or else newest checkpoint. */
export async function loadRun(path: string): Promise<LoadedRun> {
  const run = await openRun(path)
  const configuration = run.configuration as any
  const model = createModel(configuration.model)
  const { weights } = await loadCheckpoint(await bestOrLatest(path))
  return { run, model, tokenizer: tokenizerFromJSON(await readJson(run.files.tokenizer)), parameters: weights, settings: configuration.settings }
}

/** What a finished run reported; undefined while it is not finished. */
export async function finishedResult(run: Run): Promise<Record<string, unknown> | undefined> {
  return (await platform().files.exists(run.files.result)) ? readJson(run.files.result) : undefined
}
