/** A job: one training and its evaluation, written as plain JSON. Whoever runs it, wherever, gets the same result. */
import { z } from 'zod'
import type { Executor } from '../../engine/index.js'
import type { Corpora, Metric } from '../../tasks/index.js'
import { someTrainingSettings } from '../../training/index.js'
import type { DecodePoint } from '../report/types.js'

const count = z.number().int().positive()

export const jobSpec = z.strictObject({
  name: z.string().min(1).describe('what reports call the model'),
  model: z.string().describe('a preset'),
  set: z.record(z.string(), z.json()).default({}).describe('settings of the model by dotted path'),
  task: z.string().describe('a task with its settings, NAME[:setting=value…]'),
  training: someTrainingSettings.default({}).describe('how to train; the context is the task’s'),
  parameters: count.optional().describe('parameters that the channel mixer’s width makes up for'),
  flops: z.number().positive().optional().describe('training FLOPs, which the steps are chosen for'),
  seconds: z.number().positive().optional().describe('seconds of training, which the steps are chosen for'),
  solvedAt: z.number().optional().describe('score on the validation part at which training ends'),
  difficulty: z.array(z.number()).default([]).describe('values of the task’s difficulty to test at, beside its own'),
  examples: count.default(1000).describe('test examples'),
  decode: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('tokens to generate for the cost of generation; 0 for none'),
  threads: count.default(1),
})
export type JobSpec = z.infer<typeof jobSpec>
export type JobSpecInput = z.input<typeof jobSpec>

/** A mean with its 95 % confidence interval. */
export interface Score {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface JobCurvePoint {
  readonly step: number
  readonly tokens: number
  readonly seconds: number
  readonly flops: number
  readonly trainLoss: number
  readonly validLoss?: number
  /** On the validation part, in the task's metric. */
  readonly score?: number
}

export interface DifficultyPoint {
  readonly value: number
  readonly score: Score
  /** Nats per answer, or squared error. */
  readonly loss: number
}

export interface JobResult {
  readonly id: string
  readonly spec: JobSpec
  /** Of seqlab. */
  readonly version: string
  readonly machine: { readonly cpu: string; readonly runtime: string }
  readonly params: number
  /** Training: forward and backward pass of one token, by the count of engine/flops. */
  readonly flopsPerToken: number
  readonly steps: number
  readonly tokens: number
  readonly seconds: number
  readonly tokensPerSecond: number
  /** Of the process that ran the job. */
  readonly peakRssMiB: number
  readonly metric: Metric | 'loss'
  readonly chance: number
  /** On the validation part at the end of training: what choices between settings are made by. */
  readonly validation: { readonly loss: number; readonly score: number }
  /** On the test part; the interval is over its examples. */
  readonly score: Score
  readonly loss: number
  /** For tasks that know it: the least possible loss on the same examples. */
  readonly bound?: number
  readonly byDifficulty: readonly DifficultyPoint[]
  /** Mean loss at each position that was asked for, thinned to at most 128 of them. */
  readonly byPosition: readonly { readonly position: number; readonly loss: number }[]
  readonly curve: readonly JobCurvePoint[]
  readonly solvedAt: number | null
  /** Bytes that generation carries at the task's length. */
  readonly stateBytes: number
  readonly decode: readonly DecodePoint[]
  /** The whole configuration of the model. */
  readonly configuration: unknown
}

/** What running jobs takes from its surroundings. */
export interface JobContext {
  /** A folder of the job's own, where an interrupted one continues; it is gone when the job is done. */
  readonly directory: string
  readonly corpora: Corpora
  /** Where the tokens of large texts are kept. */
  readonly cacheFolder?: string
  readonly version: string
  readonly machine: JobResult['machine']
  makeExecutor(options: { threads: number }): Promise<Executor>
  readonly signal?: AbortSignal
  onProgress?(progress: JobProgress): void
}

export interface JobProgress {
  readonly step: number
  readonly steps: number
  readonly loss: number
}
