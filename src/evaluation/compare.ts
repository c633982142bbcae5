/** Training several models on the same text with equal parameters and equal tokens, and reporting what differs. */

import type { Split, Tokenizer } from '../data/index.js'
import type { Executor } from '../engine/index.js'
import { createDecoder } from '../inference/index.js'
import { createModel, type ModelConfig } from '../models/index.js'
import { platform } from '../platform/index.js'
import { asJson, readJson, writeJson } from '../training/canonical-json.js'
import {
  bestOrLatest,
  loadCheckpoint,
  metricsLog,
  resumeRun,
  type TrainingEvent,
  type TrainingResult,
  type TrainingRunSettings,
  textData,
  train,
  trainingFlops,
} from '../training/index.js'
import { measureDecoding, pointAt } from './decoding.js'
import { matchParameters } from './match.js'
import type { ModelResult } from './report/types.js'

export interface Contestant {
  readonly name: string
  readonly config: ModelConfig
}

export interface ComparisonRequest {
  readonly contestants: readonly Contestant[]
  readonly settings: TrainingRunSettings
  readonly data: Split
  readonly dataPath: string
  readonly tokenizer: Tokenizer
  readonly directory: string
  readonly threads: number
  makeExecutor(options: { worker: boolean }): Promise<Executor>
  onStart?(name: string, config: ModelConfig, params: number): void
  onEvent?(name: string, event: TrainingEvent): void
  onEnd?(name: string, result: ModelResult): void
  readonly signal?: AbortSignal
}

/** The position at which generation is compared, and how far it is measured. */
export const comparedPosition = 1000
const measuredTokens = 1100
const sampleTokens = 400

/** Trains, measures and samples each contestant; finished runs in the directory are taken as they are. */
export async function compare(request: ComparisonRequest): Promise<ModelResult[]> {
  const target = createModel(request.contestants[0].config).parameterCount
  const results: ModelResult[] = []
  for (const { name, config } of request.contestants) {
    const matched = matchParameters(name, config, target)
    request.onStart?.(name, matched, createModel(matched).parameterCount)
    const trained = await trainContestant(request, name, matched)
    if (trained.stopped === 'interrupted') break
    const result = { ...(await measured(request, name, matched)), ...trained.result }
    results.push(result)
    request.onEnd?.(name, result)
  }
  return results
}

type TrainedPart = Pick<
  ModelResult,
  'params' | 'trainLoss' | 'validLoss' | 'tokensPerSecond' | 'seconds' | 'peakRssMiB'
>

async function trainContestant(
  request: ComparisonRequest,
  name: string,
  model: ModelConfig,
): Promise<{ stopped: TrainingResult['stopped']; result: TrainedPart }> {
  const { settings, data, tokenizer, threads } = request
  const configuration = asJson({ model, settings, data: request.dataPath, tokenizer: tokenizer.kind, threads })
  const run = await resumeRun(runPath(request, name), configuration, { mayDiffer: ['threads'] })
  const executor = await request.makeExecutor({ worker: true })
  try {
    if (await platform().files.exists(run.files.result))
      return { stopped: 'finished', result: (await readJson(run.files.result)) as unknown as TrainedPart }
    await writeJson(run.files.tokenizer, tokenizer.toJSON())
    let peak = 0
    const onEvent = (event: TrainingEvent) => {
      peak = Math.max(peak, platform().memory()?.rss ?? 0)
      request.onEvent?.(name, event)
    }
    const outcome = await train({
      run,
      model,
      settings,
      data: textData(data),
      executor,
      onEvent,
      signal: request.signal,
    })
    const { params, trainLoss, validLoss, tokensPerSecond, seconds, stopped } = outcome
    const result = {
      params,
      trainLoss,
      validLoss,
      tokensPerSecond: Math.round(tokensPerSecond),
      seconds,
      peakRssMiB: Math.round(peak / 2 ** 20),
    }
    if (stopped !== 'interrupted') await writeJson(run.files.result, result)
    return { stopped, result }
  } finally {
    await executor.close()
    await run.release()
  }
}

async function measured(request: ComparisonRequest, name: string, config: ModelConfig) {
  const { data, tokenizer, settings } = request
  const executor = await request.makeExecutor({ worker: false })
  try {
    const { weights } = await loadCheckpoint(await bestOrLatest(runPath(request, name)))
    const decoder = await createDecoder(createModel(config), weights, { executor })
    const prompt = await data.validation.read(0, Math.min(32, data.validation.length))
    const { points, tokens } = await measureDecoding(decoder, prompt, measuredTokens, settings.seed)
    await decoder.dispose()
    const { validLoss } = (await readJson(platform().files.join(runPath(request, name), 'result.json'))) as {
      validLoss: number
    }
    const at = pointAt(points, comparedPosition)
    return {
      model: name,
      bitsPerByte: ((validLoss / Math.LN2) * data.validation.length) / data.validation.bytes,
      stateBytes: at.stateBytes,
      microsecondsPerToken: at.microseconds,
      sample: tokenizer.decode([...prompt, ...tokens.slice(0, sampleTokens)]),
      curve: await curveOf(
        platform().files.join(runPath(request, name), 'metrics.jsonl'),
        flopsOfStep(request, config),
      ),
      decode: points,
      configuration: config,
    }
  } finally {
    await executor.close()
  }
}

/** Of a training step. */
function flopsOfStep({ data, settings }: ComparisonRequest, config: ModelConfig): number {
  const model = createModel(config)
  return trainingFlops(model, { ...settings, ...textData(data).shape(model, settings) }).perStep
}

async function curveOf(path: string, flopsPerStep: number): Promise<ModelResult['curve']> {
  return (await metricsLog(path).read()).map(({ step, tokens, seconds, loss, validLoss }) => ({
    step,
    tokens: Number(tokens),
    seconds: Number(seconds),
    flops: step * flopsPerStep,
    trainLoss: Number(loss),
    ...(validLoss !== undefined && { validLoss: Number(validLoss) }),
  }))
}

function runPath({ directory }: ComparisonRequest, name: string): string {
  return platform().files.join(directory, name)
}
