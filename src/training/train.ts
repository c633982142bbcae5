/** The training loop: steps, estimates of the validation loss, checkpoints, and stopping early, cleanly or on divergence. */

import type { Executor, TensorData } from '../engine/index.js'
import type { ModelConfig } from '../models/index.js'
import { platform } from '../platform/index.js'
import type { TrainingBatch } from './batch.js'
import { saveCheckpoint } from './checkpoint.js'
import type { TrainingData } from './data.js'
import { brokenParameter, divergence, firstNonFinite } from './failure.js'
import type { MetricsEntry } from './metrics.js'
import { prepare } from './prepare.js'
import { removeEmptyRun, type WritableRun } from './run-directory.js'
import { rateAt } from './schedule.js'
import { completed, type TrainingRunSettings } from './settings.js'

export interface TrainingEvent {
  readonly step: number
  readonly steps: number
  readonly tokens: number
  /** Seconds spent on steps, in this process and those it continues. */
  readonly seconds: number
  readonly loss: number
  readonly rate: number
  readonly validLoss?: number
  /** On the validation part of a task, in its metric. */
  readonly score?: number
  /** Of this process. */
  readonly tokensPerSecond: number
}

export interface TrainingResult {
  readonly steps: number
  readonly params: number
  /** Discounted mean of the last steps' losses. */
  readonly trainLoss: number
  readonly validLoss: number
  readonly score?: number
  readonly tokensPerSecond: number
  readonly resumedFrom: number | null
  readonly seconds: number
  readonly stopped: 'finished' | 'early' | 'solved' | 'interrupted'
}

export interface TrainingRequest {
  readonly run: WritableRun
  readonly model: ModelConfig
  readonly settings: TrainingRunSettings
  readonly data: TrainingData
  readonly executor: Executor
  /** Parameters to start from, of a model of the same shape. */
  readonly initial?: Readonly<Record<string, TensorData>>
  onEvent?(event: TrainingEvent): void
  /** Aborted: the step under way is finished, everything is saved, and training returns. */
  readonly signal?: AbortSignal
}

/** A loss this many times the first one's is taken as diverged. */
const explosion = 10
/** Discount of the running training loss. */
const memory = 0.98

/**
 * Trains to the end, or continues to it, and returns what came out.
 *
 * @throws UserError when the request cannot work, and when the loss stops being a number or explodes; a run in which
 * nothing happened yet is then removed again
 */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const { run, executor, signal } = request
  const settings = completed(request.settings)
  const prepared = await prepare(request).catch(async (error) => {
    await removeEmptyRun(run)
    throw error
  })
  const { model, shape, source, session, judge, progress, resumed, log } = prepared

  const { now } = platform()
  const logEvery = Math.max(1, Math.floor(settings.steps / 500))
  const secondsBefore = Number((await log.read()).at(-1)?.seconds ?? 0)
  let seconds = 0
  let step = resumed ?? 0
  let saved = resumed ?? 0
  // The whole split follows the last step anyway; it is estimated only where it may be the best one.
  const isEstimated = (at: number) =>
    at === settings.steps ? settings.patience !== undefined : at % settings.evaluateEvery === 0
  const isPatient = () => settings.patience === undefined || progress.waited < settings.patience
  const isSolved = (score: number) => {
    if (settings.solvedAt === undefined) return false
    return request.data.lowerIsBetter ? score <= settings.solvedAt : score >= settings.solvedAt
  }
  let stopped: TrainingResult['stopped'] = progress.solved ? 'solved' : isPatient() ? 'finished' : 'early'
  const tokensPerStep = settings.batch * settings.context * settings.accumulate
  const speed = () => (seconds > 0 ? ((step - (resumed ?? 0)) * tokensPerStep) / seconds : 0)
  const save = async (best: boolean) => {
    if (saved === step) return
    const { weights, training, used } = await session.snapshot()
    const broken = brokenParameter(weights)
    if (broken) throw await divergence(run, step, step, `first not finite: parameter ${broken}, after the update`)
    await saveCheckpoint(run.path, { step, weights, training, progress: { ...progress, used } }, { best })
    saved = step
  }

  while (step < settings.steps && stopped === 'finished' && !signal?.aborted) {
    const number = step + 1
    const rate = rateAt(settings.schedule, number, {
      peak: settings.rate,
      warmup: settings.warmup,
      steps: settings.steps,
    })
    const began = now()
    const batches: TrainingBatch[] = []
    for (let part = 0; part < settings.accumulate; part++)
      batches.push(await source.batch(step * settings.accumulate + part))
    const { loss, norm } = await session.step(number, batches, rate, settings.weightDecay)
    seconds += (now() - began) / 1000
    progress.firstLoss ??= loss
    const isSane = loss <= explosion * Math.max(1, progress.firstLoss)
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      const first = await firstNonFinite(model, session, executor, shape, number, batches)
      throw await divergence(run, number, isSane ? number : step, `first not finite: ${first}`)
    }
    if (!isSane) {
      const growth = `the loss grew to ${loss.toPrecision(4)} from ${progress.firstLoss.toPrecision(4)}`
      throw await divergence(run, number, step, `${growth}; it and its gradient are still finite`)
    }
    step = number
    progress.trainLoss = progress.trainLoss === null ? loss : memory * progress.trainLoss + (1 - memory) * loss

    let validLoss: number | undefined
    let score: number | undefined
    let improved = false
    if (isEstimated(step)) {
      const estimate = await judge('estimate')
      validLoss = estimate.loss
      score = estimate.score
      improved = validLoss < (progress.bestLoss ?? Number.POSITIVE_INFINITY)
      progress.bestLoss = improved ? validLoss : progress.bestLoss
      progress.waited = improved ? 0 : progress.waited + 1
      if (!isPatient() && step < settings.steps) stopped = 'early'
      progress.solved = isSolved(score ?? validLoss)
      if (progress.solved) stopped = 'solved'
    }
    const event: TrainingEvent = {
      step,
      steps: settings.steps,
      tokens: step * tokensPerStep,
      seconds: secondsBefore + seconds,
      loss,
      rate,
      validLoss,
      score,
      tokensPerSecond: speed(),
    }
    if (step % logEvery === 0 || validLoss !== undefined || step === settings.steps)
      await log.append(entry(event, norm))
    request.onEvent?.(event)
    // Without early stopping the last checkpoint is the one that counts.
    const best = improved && settings.patience !== undefined
    if (step % settings.saveEvery === 0 || best) await save(best)
  }
  await save(false)
  const final = await judge('end', signal)
  // Cut short, its result would be of a part of the split.
  if (signal?.aborted) stopped = 'interrupted'
  return {
    steps: step,
    params: model.parameterCount,
    trainLoss: progress.trainLoss ?? Number.NaN,
    validLoss: stopped === 'interrupted' ? (progress.bestLoss ?? Number.NaN) : final.loss,
    ...(final.score !== undefined && { score: final.score }),
    tokensPerSecond: speed(),
    resumedFrom: resumed ?? null,
    seconds: secondsBefore + seconds,
    stopped,
  }
}

function entry({ step, tokens, seconds, loss, rate, validLoss, score }: TrainingEvent, norm: number): MetricsEntry {
  const judged = { ...(validLoss !== undefined && { validLoss }), ...(score !== undefined && { score }) }
  return { step, tokens, seconds, loss, rate, norm, ...judged }
}
