/** A training run in a folder: batches, schedule, evaluation, checkpoints, resuming. */
import type { Executor, TensorData } from '../engine/index.js'
import { type Split, streams, windows } from '../data/index.js'
import { createModel, type Model, type ModelConfig } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js'
import { latestCheckpoint } from './checkpoint-folders.js'
import { evaluator } from './evaluate.js'
import { firstNonFinite } from './failure.js'
import { type MetricsEntry, metricsLog } from './metrics.js'
import { optimizers } from './optimizer.js'
import type { TrainingSettings } from './programs.js'
import { rateAt } from './schedule.js'
import type { WritableRun } from './run-directory.js'
import { createSession, type Session, type TokenBatch } from './session.js'
import { completed, isFrozen, type TrainingRunSettings } from './settings.js'

export interface TrainingEvent {
  readonly step: number
  readonly steps: number
  readonly tokens: number
  /** Seconds spent on steps in this process. */
  readonly seconds: number
  readonly loss: number
  readonly rate: number
  readonly validLoss?: number
  readonly tokensPerSecond: number
}

export interface TrainingResult {
  readonly steps: number
  readonly params: number
  /** Discounted mean of the last steps' losses. */
  readonly trainLoss: number
  readonly validLoss: number
  readonly tokensPerSecond: number
  readonly resumedFrom: number | null
  readonly seconds: number
  readonly stopped: 'finished' | 'early' | 'interrupted'
}

export interface TrainingRequest {
  readonly run: WritableRun
  readonly model: ModelConfig
  readonly settings: TrainingRunSettings
  readonly data: Split
  readonly executor: Executor
  /** Parameters to start from, of a model of the same shape. */
  readonly initial?: Readonly<Record<string, TensorData>>
  onEvent?(event: TrainingEvent): void
  /** Aborted: the step under way is finished, everything is saved, and training returns. */
  readonly signal?: AbortSignal
}

/** What a checkpoint keeps beside tensors. */
interface Progress {
  trainLoss: number | null
  firstLoss: number | null
  bestLoss: number | null
  /** Estimates since the best one. */
  waited: number
}

/** A loss this many times the first one's is taken as diverged. */
const explosion = 10
/** Discount of the running training loss. */
const memory = 0.98

/** Trains to the end, or continues to it, and returns what came out. */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const { run, data, executor, signal } = request
  const settings = completed(request.settings)
  const model = createModel(request.model)
  const carry = settings.carry ?? model.layers.some(({ mixer }) => mixer.carries)
  const shape: TrainingSettings = { ...settings, weighted: false, resets: carry, carry, frozen: (path) => isFrozen(settings.frozen, path) }
  checkFrozen(settings.frozen, model)
  const source = (carry ? streams : windows)({ corpus: data.train, batch: settings.batch, context: settings.context, seed: settings.seed })
  const session = await createSession(model, optimizers[settings.optimizer](), shape, executor, settings.seed)
  const evaluate = await evaluator(model, data.validation, executor, session.store, { batch: settings.batch, context: settings.context, carry })

  const progress: Progress = { trainLoss: null, firstLoss: null, bestLoss: null, waited: 0 }
  const resumed = await resume(run, session, progress)
  if (resumed === undefined) await start(model, session, settings.seed, request.initial)
  const log = metricsLog(run.files.metrics)
  await log.truncateAfter(resumed ?? 0)

  const { now } = platform()
  const logEvery = Math.max(1, Math.floor(settings.steps / 500))
  let seconds = 0
  let step = resumed ?? 0
  let saved = resumed ?? -1
  let lastGood = resumed
  const isPatient = () => settings.patience === undefined || progress.waited < settings.patience
  let stopped: TrainingResult['stopped'] = isPatient() ? 'finished' : 'early'
  const tokensPerStep = settings.batch * settings.context * settings.accumulate
  const speed = () => (seconds > 0 ? ((step - (resumed ?? 0)) * tokensPerStep) / seconds : 0)
  const save = async (best: boolean) => {
    if (saved === step) return
    await saveCheckpoint(run.path, { step, ...(await session.snapshot()), progress: { ...progress } }, { best })
    saved = step
    lastGood = step
  }

  while (step < settings.steps && stopped === 'finished') {
    const number = step + 1
    const rate = rateAt(settings.schedule, number, { peak: settings.rate, warmup: settings.warmup, steps: settings.steps })
    const began = now()
    const batches: TokenBatch[] = []
    for (let part = 0; part < settings.accumulate; part++) batches.push(await source.batch(step * settings.accumulate + part))
    const { loss, norm } = await session.step(number, batches, rate, settings.weightDecay)
    seconds += (now() - began) / 1000
    if (!Number.isFinite(loss) || !Number.isFinite(norm) || loss > explosion * Math.max(1, progress.firstLoss ?? loss)) {
      const cause = Number.isFinite(loss) && Number.isFinite(norm) ? `the loss grew to ${loss.toFixed(2)}` : `first not finite: ${await firstNonFinite(model, session, executor, shape, batches.at(-1)!)}`
      const kept = lastGood === undefined ? 'there is no checkpoint yet' : `the last good checkpoint is of step ${lastGood}`
      throw new UserError(`training diverged at step ${number}: ${cause}\n${kept} – use a lower --lr, a longer --warmup or a smaller clip`)
    }
    step = number
    progress.firstLoss ??= loss
    progress.trainLoss = progress.trainLoss === null ? loss : memory * progress.trainLoss + (1 - memory) * loss

    let validLoss: number | undefined
    let improved = false
    if (step % settings.evaluateEvery === 0 && step < settings.steps) {
      validLoss = (await evaluate(settings.evaluateTokens, signal)).loss
      improved = progress.bestLoss === null || validLoss < progress.bestLoss
      progress.bestLoss = improved ? validLoss : progress.bestLoss
      progress.waited = improved ? 0 : progress.waited + 1
      if (!isPatient()) stopped = 'early'
    }
    const event: TrainingEvent = { step, steps: settings.steps, tokens: step * tokensPerStep, seconds, loss, rate, validLoss, tokensPerSecond: speed() }
    if (step % logEvery === 0 || validLoss !== undefined || step === settings.steps) await log.append(entry(event, norm))
    request.onEvent?.(event)
    if (signal?.aborted) stopped = 'interrupted'
    if (step % settings.saveEvery === 0 || stopped !== 'finished' || (improved && settings.patience !== undefined)) await save(improved)
  }
  await save(false)
  const final = stopped === 'interrupted' ? { loss: progress.bestLoss ?? Number.NaN } : await evaluate()
  return {
    steps: step,
    params: model.parameterCount,
    trainLoss: progress.trainLoss ?? Number.NaN,
    validLoss: final.loss,
    tokensPerSecond: speed(),
    resumedFrom: resumed ?? null,
    seconds,
    stopped,
  }
}

function entry({ step, tokens, seconds, loss, rate, validLoss }: TrainingEvent, norm: number): MetricsEntry {
  return { step, tokens, seconds, loss, rate, norm, ...(validLoss !== undefined && { validLoss }) }
}

async function resume(run: WritableRun, session: Session, progress: Progress): Promise<number | undefined> {
  const latest = await latestCheckpoint(run.path)
  if (!latest) return undefined
  const checkpoint = await loadCheckpoint(latest.path)
  await session.restore(checkpoint)
  Object.assign(progress, checkpoint.progress)
  return checkpoint.step
}

async function start(model: Model, session: Session, seed: number, initial: TrainingRequest['initial']): Promise<void> {
  const own = model.initialParameters(seed)
  if (!initial) return session.load(own)
  for (const [path, { shape }] of Object.entries(own)) {
    const given = initial[path]?.shape
    if (!given || given.join() !== shape.join()) {
      throw new UserError(`--init-from: parameter ${path} must have shape [${shape}], got ${given ? `[${given}]` : 'none'} – use a run of the same model and tokenizer`)
    }
  }
  await session.load(Object.fromEntries(Object.keys(own).map((path) => [path, initial[path]])))
}

function checkFrozen(frozen: readonly string[], model: Model): void {
  for (const part of frozen) {
    if (model.parameterList.some(({ path }) => isFrozen([part], path))) continue
    const tops = [...new Set(model.parameterList.map(({ path }) => path.split('.').slice(0, 2).join('.')))]
    throw new UserError(`frozen: no parameter is at or below "${part}" – parts are ${tops.slice(0, 12).join(', ')}`)
  }
}

