/** A finished run with adapters as one without. */
import { mergeAdapters } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { type JsonObject, readJson, writeJson } from './canonical-json.js'
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js'
import { bestOrLatest } from './checkpoint-folders.js'
import { finishedResult, loadRun } from './load-run.js'
import { createRun } from './run-directory.js'

/**
 * Writes a new run folder whose weights have the adapters of a run worked in: the same model for generation, evaluation
 * and export, and one to start other trainings from.
 *
 * @throws UserError where the run has no adapters or is not finished, and when `to` is not empty
 */
export async function mergeRun(from: string, to: string): Promise<void> {
  const { run, model, parameters } = await loadRun(from)
  const { adapter, ...plain } = model.config
  if (!adapter) throw new UserError(`${from}: has no adapters – merge a run that was trained with --set adapter.rank=8`)
  const result = await finishedResult(run)
  if (!result) throw new UserError(`${from}: is not finished – continue it with train --resume first`)
  const { step, progress } = await loadCheckpoint(await bestOrLatest(from))
  const configuration = { ...run.configuration, model: plain as unknown as JsonObject }
  const merged = await createRun(to, configuration)
  try {
    for (const file of ['tokenizer', 'origin'] as const)
      if (await platform().files.exists(run.files[file]))
        await writeJson(merged.files[file], await readJson(run.files[file]))
    await saveCheckpoint(
      to,
      { step, weights: mergeAdapters(parameters, adapter), training: {}, progress },
      { best: true },
    )
    await writeJson(merged.files.result, result as JsonObject)
  } finally {
    await merged.release()
  }
}
