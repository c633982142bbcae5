/** Testing a model of text: its loss on the test part, and at contexts other than its own. */
import type { Executor, TensorData } from '../../engine/index.js'
import type { Model } from '../../models/index.js'
import { carriesState, trainingSettings } from '../../training/index.js'
import { lossByPosition } from '../text/position.js'
import { type Assessment, thinned } from './assess.js'
import type { JobResult, JobSpec, Score } from './job.js'
import type { TextMaterial } from './material.js'

/**
 * The test at the context of training is made as training was: with carried state where there is one. The values of the
 * job's `difficulty` are other contexts, in tokens; there every window begins anew, whatever the mechanism.
 */
export async function testText(
  spec: JobSpec,
  material: TextMaterial,
  model: Model,
  executor: Executor,
  weights: Readonly<Record<string, TensorData>>,
): Promise<{ tested: Assessment; byDifficulty: JobResult['byDifficulty'] }> {
  const corpus = await material.openTest()
  const settings = trainingSettings.parse(spec.training)
  const { batch, context } = settings
  const carry = carriesState(model, settings)
  const at = (length: number, options: object) =>
    lossByPosition(model, corpus, executor, weights, {
      context: length,
      // As many tokens at once as in training.
      batch: Math.max(1, Math.floor((batch * context) / length)),
      ...options,
    })
  try {
    const own = await at(context, { carry })
    const byDifficulty: JobResult['byDifficulty'][number][] = []
    let longest = own
    for (const value of spec.difficulty) {
      const found = await at(value, carry && value > context ? { segment: context } : {})
      byDifficulty.push({ value, score: bounded(found.interval), loss: found.loss })
      if (found.positions.length > longest.positions.length) longest = found
    }
    return {
      tested: { score: bounded(own.interval), loss: own.loss, byPosition: thinned(longest.positions) },
      byDifficulty,
    }
  } finally {
    await corpus.close()
  }
}

/** Ends that JSON can hold: one window says nothing, and the widest of ends stand for that. */
const bounded = ({ mean, low, high }: Score): Score => ({
  mean,
  low: Math.max(low, 0),
  high: Math.min(high, Number.MAX_VALUE),
})
