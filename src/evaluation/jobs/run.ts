/** Running a job: training within its budget, then the test. */
import type { Executor, StateStore, TensorData } from '../../engine/index.js'
import { createDecoder } from '../../inference/index.js'
import { assign, createModel, type Model, type ModelConfig, preset, resolveConfig } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { chooseTask, type Task, tasks } from '../../tasks/index.js'
import { asJson } from '../../training/canonical-json.js'
import {
  bestOrLatest,
  exampleScorer,
  loadCheckpoint,
  metricsLog,
  resumeRun,
  type TrainingRunSettings,
  train,
  trainingFlops,
  trainingSettings,
} from '../../training/index.js'
import { measureDecoding } from '../decoding.js'
import { matchParameters } from '../match.js'
import { type Assessment, assess, thinned } from './assess.js'
import { budgetedSteps } from './budget.js'
import { jobId } from './hash.js'
import { type JobContext, type JobCurvePoint, type JobResult, type JobSpec, type JobSpecInput, jobSpec } from './job.js'
import { type Material, openMaterial } from './material.js'
import { stateBytes } from './state-bytes.js'
import { testText } from './text.js'

/** Points of a stored curve at most. */
const mostPoints = 100

/**
 * Trains and tests as the job says. An interrupted job continues where it stopped when it is run again with the same
 * folder.
 *
 * @param own tasks beside the registry's
 * @returns undefined when it was interrupted
 * @throws UserError when the job cannot be done as it is written
 */
export async function runJob(
  input: JobSpecInput,
  context: JobContext,
  own: readonly Task[] = [],
): Promise<JobResult | undefined> {
  const spec = jobSpec.parse(input)
  const chosen = chooseTask(spec.task, [...tasks, ...own])
  const material = await openMaterial(chosen, context)
  const executor = await context.makeExecutor({ threads: spec.threads })
  try {
    return await trainAndTest(spec, context, material, executor)
  } finally {
    await executor.close()
    await material.close()
  }
}

async function trainAndTest(
  spec: JobSpec,
  context: JobContext,
  material: Material,
  executor: Executor,
): Promise<JobResult | undefined> {
  const config = await configOf(spec, material)
  const model = createModel(config)
  const given = settingsOf(spec, material)
  const flops = trainingFlops(model, { ...given, ...material.data.shape(model, given) })
  const run = await resumeRun(context.directory, asJson({ spec }))
  try {
    const settings = { ...given, steps: await budgetedSteps(spec, given, { run, model, material, flops, executor }) }
    const outcome = await train({
      run,
      model: config,
      settings,
      data: material.data,
      executor,
      signal: context.signal,
      onEvent: context.onProgress,
    })
    if (outcome.stopped === 'interrupted') return undefined
    const { weights } = await loadCheckpoint(await bestOrLatest(run.path))
    const { tested, byDifficulty } = await test(spec, material, model, executor, weights)
    const tokensPerStep = settings.batch * settings.context * settings.accumulate
    return {
      id: await jobId(spec),
      spec,
      version: context.version,
      machine: context.machine,
      params: model.parameterCount,
      flopsPerToken: flops.perToken,
      steps: outcome.steps,
      tokens: outcome.steps * tokensPerStep,
      seconds: outcome.seconds,
      tokensPerSecond: (outcome.steps * tokensPerStep) / outcome.seconds,
      peakRssMiB: Math.round((platform().memory()?.peakRss ?? 0) / 2 ** 20),
      metric: material.kind === 'examples' ? material.task.metric : 'loss',
      chance: material.kind === 'examples' ? material.source.chance : Math.log(material.tokenizer.vocabularySize),
      validation: { loss: outcome.validLoss, score: outcome.score ?? outcome.validLoss },
      ...tested,
      byDifficulty,
      curve: await curveOf(run.files.metrics, flops.perToken),
      solvedAt: outcome.stopped === 'solved' ? outcome.steps : null,
      stateBytes: stateBytes(model, settings.context),
      decode: await decoded(spec, material, model, weights, context),
      configuration: config,
    }
  } finally {
    await run.release()
  }
}

async function configOf(spec: JobSpec, material: Material): Promise<ModelConfig> {
  const set = Object.entries(spec.set).map(([path, value]) => `${path}=${JSON.stringify(value)}`)
  const longest = await longestTested(spec, material)
  const config = resolveConfig(
    assign({ ...material.interface, ...(longest && { maxPositions: longest }), ...preset(spec.model) }, set),
  )
  return spec.parameters === undefined ? config : matchParameters(spec.name, config, spec.parameters)
}

/** Learned positions must reach as far as the tests do. */
async function longestTested(spec: JobSpec, material: Material): Promise<number | undefined> {
  if (material.kind === 'text') return Math.max(...spec.difficulty, spec.training.context ?? 0) || undefined
  const lengths = await Promise.all(spec.difficulty.map(async (value) => (await material.at(value)).length))
  return Math.max(material.source.length, ...lengths)
}

function settingsOf(spec: JobSpec, material: Material): TrainingRunSettings {
  const settings = trainingSettings.parse({ ...spec.training, solvedAt: spec.solvedAt ?? spec.training.solvedAt })
  if (material.kind === 'text') return settings
  const { length } = material.source
  if (spec.training.context !== undefined && spec.training.context !== length)
    throw new UserError(
      `--context: task ${material.task.id} has sequences of ${length} tokens, got ${spec.training.context} – leave it out`,
    )
  return { ...settings, context: length }
}

type Tested = Pick<JobResult, 'byDifficulty'> & { tested: Assessment }

async function test(
  spec: JobSpec,
  material: Material,
  model: Model,
  executor: Executor,
  weights: Readonly<Record<string, TensorData>>,
): Promise<Tested> {
  if (material.kind === 'text') return testText(spec, material, model, executor, weights)
  const store = executor.createStore()
  await store.write(parametersOf(weights))
  const assessAt = async (source: typeof material.source) => {
    const score = await exampleScorer(model, source, executor, store as StateStore, 64)
    return assess(material.task.metric, await score('test', spec.examples))
  }
  const tested = await assessAt(material.source)
  const byDifficulty: JobResult['byDifficulty'][number][] = []
  for (const value of spec.difficulty) {
    const { score, loss } = await assessAt(await material.at(value))
    byDifficulty.push({ value, score, loss })
  }
  await store.dispose()
  return { tested: { ...tested, byPosition: thinned(tested.byPosition) }, byDifficulty }
}

const parametersOf = (weights: Readonly<Record<string, TensorData>>) =>
  Object.fromEntries(Object.entries(weights).map(([path, value]) => [`parameters.${path}`, value]))

/** The cost of generation after a random prompt, for models of tokens. */
async function decoded(
  { decode, training, threads }: JobSpec,
  material: Material,
  model: Model,
  weights: Readonly<Record<string, TensorData>>,
  context: JobContext,
): Promise<JobResult['decode']> {
  if (decode === 0 || model.config.input.kind !== 'tokens' || model.config.head.kind !== 'token') return []
  const executor = await context.makeExecutor({ threads })
  try {
    const decoder = await createDecoder(model, weights, { executor })
    const prompt = material.kind === 'text' ? await material.split.validation.read(0, 16) : Int32Array.of(0)
    const { points } = await measureDecoding(decoder, prompt, decode, training.seed ?? 1)
    await decoder.dispose()
    return points
  } finally {
    await executor.close()
  }
}

async function curveOf(path: string, flopsPerToken: number): Promise<JobCurvePoint[]> {
  const entries = await metricsLog(path).read()
  const every = Math.ceil(entries.length / mostPoints)
  return entries
    .filter(({ validLoss }, index) => index % every === 0 || index === entries.length - 1 || validLoss !== undefined)
    .map(({ step, tokens, seconds, loss, validLoss, score }) => ({
      step,
      tokens: Number(tokens),
      seconds: Number(seconds),
      flops: Number(tokens) * flopsPerToken,
      trainLoss: Number(loss),
      ...(validLoss !== undefined && { validLoss: Number(validLoss) }),
      ...(score !== undefined && { score: Number(score) }),
    }))
}
