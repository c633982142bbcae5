/** What a training run stands on before its first step: model, batches, session, and where it was left. */
import { createModel, type Model } from '../models/index.js'
import { loadCheckpoint } from './checkpoint.js'
import { latestCheckpoint } from './checkpoint-folders.js'
import { checkTensors, parameterSpecs } from './fit.js'
import { metricsLog } from './metrics.js'
import { optimizers } from './optimizer.js'
import { checkFrozen, checkSequences } from './possible.js'
import type { TrainingSettings } from './programs.js'
import type { Run } from './run-directory.js'
import { createSession, type Session } from './session.js'
import { isFrozen } from './settings.js'
import type { TrainingRequest } from './train.js'

/** What a checkpoint keeps beside tensors. */
export interface Progress {
  trainLoss: number | null
  firstLoss: number | null
  bestLoss: number | null
  /** Estimates since the best one. */
  waited: number
  solved: boolean
}

/** @throws UserError when the request cannot work */
export async function prepare({ run, data, executor, settings, initial, ...request }: TrainingRequest) {
  const model = createModel(request.model)
  const { context, seed } = settings
  const form = data.shape(model, settings)
  checkFrozen(settings.frozen, model)
  checkSequences(model, { context, carry: form.carry })
  const frozen = (path: string) => isFrozen(settings.frozen, path) || !model.learns(path)
  const shape: TrainingSettings = { ...settings, ...form, frozen }
  const source = data.source(model, settings)
  const session = await createSession(model, optimizers[settings.optimizer](), shape, executor, seed)
  const judge = await data.judge(model, settings, executor, session.store)
  const progress: Progress = { trainLoss: null, firstLoss: null, bestLoss: null, waited: 0, solved: false }
  const resumed = await resume(run, session, progress)
  if (resumed === undefined) await session.load(startingParameters(model, seed, initial))
  const log = metricsLog(run.files.metrics)
  await log.truncateAfter(resumed ?? 0)
  return { model, shape, source, session, judge, progress, resumed, log }
}

/** Goes back to the newest checkpoint, where there is one, and returns its step. */
async function resume(run: Run, session: Session, progress: Progress): Promise<number | undefined> {
  const latest = await latestCheckpoint(run.path)
  if (!latest) return undefined
  const checkpoint = await loadCheckpoint(latest.path)
  const { used, ...before } = checkpoint.progress
  await session.restore({ ...checkpoint, used: used as Record<string, number> }, latest.path)
  Object.assign(progress, before)
  return checkpoint.step
}

function startingParameters(model: Model, seed: number, initial: TrainingRequest['initial']) {
  const fresh = model.initialParameters(seed)
  if (!initial) return fresh
  // Adapters are new to a model that had none.
  const adapters = Object.entries(fresh).filter(([path]) => path.startsWith('adapters.'))
  const parameters = { ...Object.fromEntries(adapters), ...initial }
  checkTensors(parameters, parameterSpecs(model), '--init-from', 'use a run of the same model and tokenizer')
  return parameters
}
