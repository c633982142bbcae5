/** Running a job: training within its budget, then the test. */
import type { Executor } from '../../engine/index.js'
import { platform } from '../../platform/index.js'
import { type ChooseTask, registeredTask } from '../../tasks/index.js'
import { asJson } from '../../training/canonical-json.js'
import { bestOrLatest, loadCheckpoint, metricsLog, resumeRun, train, trainingFlops } from '../../training/index.js'
import { budgetedSteps } from './budget.js'
import { configured } from './configure.js'
import { jobId } from './hash.js'
import { type JobContext, type JobCurvePoint, type JobResult, type JobSpec, type JobSpecInput, jobSpec } from './job.js'
import { type Material, openMaterial } from './material.js'
import { stateBytes } from './state-bytes.js'
import { costOfGeneration, testJob } from './test.js'

/** Points of a stored curve at most. */
const mostPoints = 100

/**
 * Trains and tests as the job says. An interrupted job continues where it stopped when it is run again with the same
 * folder.
 *
 * @param choose finds the task, which may be a user's own
 * @returns undefined when it was interrupted
 * @throws UserError when the job cannot be done as it is written
 */
export async function runJob(
  input: JobSpecInput,
  context: JobContext,
  choose: ChooseTask = registeredTask,
): Promise<JobResult | undefined> {
  const spec = jobSpec.parse(input)
  const material = await openMaterial(await choose(spec.task), context)
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
  const { config, model, settings: given } = await configured(spec, material)
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
    const { tested, byDifficulty } = await testJob(spec, material, model, executor, weights)
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
      decode: await costOfGeneration(spec, material, model, weights, context),
      configuration: config,
    }
  } finally {
    await run.release()
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
