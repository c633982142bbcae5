/** The first losses of a small model on tokens without meaning: what one executor must get as another does. */
import type { Executor } from '../engine/index.js'
import { createModel, type ModelConfig } from '../models/index.js'
import { adamW } from './optimizer.js'
import { createSession } from './session.js'

const batch = 2
const rate = 1e-2
const weightDecay = 0.1

/**
 * Of `steps` steps on one batch. The first loss is that of the forward pass; each after it depends on every gradient
 * and update before.
 */
export async function firstLosses(
  executor: Executor,
  config: ModelConfig,
  { steps = 3, context = 16, seed = 0 } = {},
): Promise<number[]> {
  const model = createModel(config)
  const session = await createSession(model, adamW(), { batch, context }, executor, seed)
  try {
    await session.load(model.initialParameters(seed))
    const { input } = model.config
    const vocabulary = input.kind === 'tokens' ? input.vocabulary : 1
    // Steps of 7 and their squares go through a vocabulary in no simple order, and repeat tokens.
    const token = (at: number) => (7 * at + at * at) % vocabulary
    const inputs = Int32Array.from({ length: batch * context }, (_, at) => token(at))
    const targets = Int32Array.from(inputs, (_, at) => token(at + 1))
    const losses: number[] = []
    for (let step = 1; step <= steps; step++)
      losses.push((await session.step(step, [{ inputs, targets }], rate, weightDecay)).loss)
    return losses
  } finally {
    await session.store.dispose()
  }
}
