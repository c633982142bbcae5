/** The settings of a training run, with their defaults and ranges. */
import { z } from 'zod'
import { optimizers } from './optimizer.js'
import { schedules } from './schedule.js'

const count = z.number().int().positive()
const names = <T extends object>(table: T) => z.enum(Object.keys(table) as [keyof T & string, ...(keyof T & string)[]])

export const trainingSettings = z.strictObject({
  steps: count.default(1000).describe('optimizer steps'),
  batch: count.default(12).describe('sequences a step'),
  context: count.default(64).describe('tokens a sequence'),
  rate: z.number().positive().default(1e-3).describe('peak learning rate'),
  schedule: names(schedules).default('cosine').describe('how the rate changes'),
  warmup: z.number().int().nonnegative().optional().describe('steps of linear warm-up; 5 % of the steps by default'),
  optimizer: names(optimizers).default('adamw'),
  weightDecay: z.number().nonnegative().default(0.1).describe('decay of matrices, not of norms, biases or embeddings'),
  clip: z.number().nonnegative().default(1).describe('largest norm of the gradient, 0 for none'),
  accumulate: count.max(65_536).default(1).describe('parts that a step adds up, each of `batch` sequences'),
  carry: z.boolean().optional().describe('continue the state of the step before; the mixers’ own recipe by default'),
  frozen: z.array(z.string()).default([]).describe('paths of parts that keep their values'),
  validation: z.number().gt(0).lt(1).default(0.1).describe('share of the text that validates'),
  evaluateEvery: count
    .optional()
    .describe('steps between estimates of the validation loss; a tenth of the steps by default'),
  evaluateTokens: count.default(16_384).describe('tokens of such an estimate; the last one takes the whole split'),
  patience: count.optional().describe('estimates without a better one before training stops early'),
  solvedAt: z.number().optional().describe('score on the validation part, of a text its loss, at which training ends'),
  saveEvery: count.default(500).describe('steps between checkpoints'),
  seed: z.number().int().nonnegative().default(1),
})
export type TrainingRunSettings = z.infer<typeof trainingSettings>

/** Some of the settings, with no defaults for the others: what is left out can be decided later. */
export const someTrainingSettings = z.strictObject(
  Object.fromEntries(
    Object.entries(trainingSettings.shape).map(([name, field]) => [
      name,
      (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field).optional(),
    ]),
  ),
) as unknown as z.ZodType<Partial<TrainingRunSettings>, Partial<TrainingRunSettings>>

/** The defaults that depend on other settings. */
export function completed(settings: TrainingRunSettings) {
  return {
    ...settings,
    warmup: settings.warmup ?? Math.round(settings.steps * 0.05),
    evaluateEvery: settings.evaluateEvery ?? Math.max(1, Math.ceil(settings.steps / 10)),
  }
}

/** Whether a parameter's path is a frozen part or inside one. */
export function isFrozen(frozen: readonly string[], path: string): boolean {
  return frozen.some((part) => path === part || path.startsWith(`${part}.`))
}
