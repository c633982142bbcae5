/** What a study asks: who is compared, on what, at which sizes, with what budget, tuned how. */
import { z } from 'zod'
import { someTrainingSettings } from '../../training/index.js'

const count = z.number().int().positive()
const seeds = z.array(z.number().int().nonnegative()).min(1)

export const contestant = z.strictObject({
  name: z.string().min(1).describe('what the report calls it'),
  model: z.string().describe('a preset'),
  set: z.record(z.string(), z.json()).default({}).describe('settings of the model by dotted path'),
})

export const studyPlan = z.strictObject({
  title: z.string(),
  question: z.string().describe('what the study is to find out, in a sentence or two'),
  contestants: z.array(contestant).min(1),
  tasks: z.array(z.string()).min(1).describe('tasks with their settings, NAME[:setting=value…]'),
  sizes: z.array(z.record(z.string(), count)).min(1).describe('settings of every model: dim, layers, …'),
  training: someTrainingSettings.default({}),
  budget: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('steps') }),
      z.strictObject({ kind: z.literal('flops'), value: z.number().positive() }),
      z.strictObject({ kind: z.literal('time'), value: z.number().positive().describe('seconds') }),
    ])
    .default({ kind: 'steps' })
    .describe('what training may cost; with steps, every model sees the same examples'),
  match: z
    .boolean()
    .default(true)
    .describe('give all the same number of parameters, by the width of the channel mixer'),
  rates: z.array(z.number().positive()).min(1).describe('learning rates that every mechanism is tried at'),
  searchSeeds: seeds.default([1]).describe('seeds of the search'),
  seeds: seeds.default([1, 2, 3]).describe('seeds of the result'),
  solvedAt: z.number().optional().describe('score on the validation part at which training ends'),
  difficulty: z.array(z.number()).default([]).describe('values of each task’s difficulty to test at, beside its own'),
  examples: count.default(1000).describe('test examples'),
  decode: z.number().int().nonnegative().default(0).describe('tokens to generate for the cost of generation'),
})
export type StudyPlan = z.infer<typeof studyPlan>
export type StudyPlanInput = z.input<typeof studyPlan>
