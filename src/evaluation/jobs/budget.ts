/** How many steps a budget buys. */
import type { Executor } from '../../engine/index.js'
import type { Model } from '../../models/index.js'
import { platform } from '../../platform/index.js'
import { readJson, writeJson } from '../../training/canonical-json.js'
import {
  createSession,
  optimizers,
  type Run,
  type TrainingFlops,
  type TrainingRunSettings,
} from '../../training/index.js'
import { median } from '../bench/figures.js'
import type { JobSpec } from './job.js'
import type { Material } from './material.js'

/** Steps before the clock counts, and steps that are timed. */
const warming = 3
const timed = 15

export interface Purchase {
  readonly run: Run
  readonly model: Model
  readonly material: Material
  readonly flops: TrainingFlops
  readonly executor: Executor
}

/** The steps of a job: as given, or as many as its FLOPs or seconds allow, at least one. */
export async function budgetedSteps(spec: JobSpec, settings: TrainingRunSettings, purchase: Purchase): Promise<number> {
  if (spec.flops !== undefined) {
    return Math.max(1, Math.round(spec.flops / (purchase.flops.perStep * settings.accumulate)))
  }
  if (spec.seconds === undefined) return settings.steps
  // A run that goes on keeps the number it began with: schedules depend on it.
  const { files } = platform()
  const path = files.join(purchase.run.path, 'budget.json')
  if (await files.exists(path)) return Number((await readJson(path)).steps)
  const steps = Math.max(1, Math.round(spec.seconds / (await secondsPerStep(settings, purchase))))
  await writeJson(path, { steps })
  return steps
}

/** The median time of a step on a model of its own, which is thrown away. */
async function secondsPerStep(settings: TrainingRunSettings, { model, material, executor }: Purchase): Promise<number> {
  const shape = { ...settings, ...material.data.shape(model, settings), frozen: () => false }
  const session = await createSession(model, optimizers[settings.optimizer](), shape, executor, settings.seed)
  await session.load(model.initialParameters(settings.seed))
  const source = material.data.source(model, settings)
  const times: number[] = []
  for (let step = 1; step <= warming + timed; step++) {
    const began = platform().now()
    const batches = []
    for (let part = 0; part < settings.accumulate; part++)
      batches.push(await source.batch(step * settings.accumulate + part))
    await session.step(step, batches, settings.rate, settings.weightDecay)
    if (step > warming) times.push((platform().now() - began) / 1000)
  }
  await session.store.dispose()
  return median(times)
}
