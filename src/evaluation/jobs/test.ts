/** What a trained model is worth: its scores, and the cost of generation. */
import type { Executor, TensorData } from '../../engine/index.js'
import { createDecoder } from '../../inference/index.js'
import { type Model, parameterValues } from '../../models/index.js'
import { exampleScorer } from '../../training/index.js'
import { measureDecoding } from '../decoding.js'
import { type Assessment, assess } from './assess.js'
import type { JobContext, JobResult, JobSpec } from './job.js'
import type { Material } from './material.js'
import { testText } from './text.js'

/** Tests at the task as the job names it, and at other values of its difficulty. */
export async function testJob(
  spec: JobSpec,
  material: Material,
  model: Model,
  executor: Executor,
  weights: Readonly<Record<string, TensorData>>,
): Promise<{ tested: Assessment; byDifficulty: JobResult['byDifficulty'] }> {
  if (material.kind === 'text') return testText(spec, material, model, executor, weights)
  const store = executor.createStore()
  await store.write(parameterValues(weights))
  const assessAt = async (source: typeof material.source) => {
    const score = await exampleScorer(model, source, executor, store, 64)
    return assess(material.task.metric, await score('test', spec.examples))
  }
  const tested = await assessAt(material.source)
  const byDifficulty: JobResult['byDifficulty'][number][] = []
  for (const value of spec.difficulty) {
    const { score, loss } = await assessAt(await material.at(value))
    byDifficulty.push({ value, score, loss })
  }
  await store.dispose()
  return { tested, byDifficulty }
}

/** The cost of generation after a short prompt, for models of tokens. */
export async function costOfGeneration(
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
    const most = model.longest - prompt.length
    const { points } = await measureDecoding(decoder, prompt, Math.min(decode, most), training.seed ?? 1)
    await decoder.dispose()
    return points
  } finally {
    await executor.close()
  }
}
