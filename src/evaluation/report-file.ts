/** Reading a report.json, wherever it comes from: what is no report, or a broken one, is refused before it is drawn. */
import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import type { ComparisonReport } from './report/types.js'
import type { StudyReport } from './study/types.js'

export type Report = ComparisonReport | StudyReport

export const isStudy = (report: Report): report is StudyReport => 'entries' in report

/** JSON has null for a number that is not finite. */
const number = z.number().nullable()
const text = z.string()
const score = z.looseObject({ mean: number, low: number, high: number })
const size = z.record(text, z.number())
const decode = z.array(
  z.looseObject({ position: number, microseconds: number, stateBytes: number, allocatedBytes: number }),
)
const curvePoint = z.looseObject({
  step: z.number(),
  tokens: number,
  seconds: number,
  trainLoss: number,
  validLoss: number.optional(),
})

const comparison = z.looseObject({
  title: text,
  command: text,
  version: text,
  machine: z.looseObject({ cpu: text, threads: number, runtime: text }),
  data: z.looseObject({ name: text, tokenizer: text, trainTokens: number, validTokens: number }),
  settings: z.record(text, z.unknown()),
  models: z
    .array(
      z.looseObject({
        model: text,
        params: number,
        trainLoss: number,
        validLoss: number,
        bitsPerByte: number,
        tokensPerSecond: number,
        stateBytes: number,
        microsecondsPerToken: number,
        peakRssMiB: number,
        seconds: number,
        sample: text,
        curve: z.array(curvePoint),
        decode,
      }),
    )
    .min(1),
})

const run = z.looseObject({
  id: text,
  seed: number,
  spec: z.looseObject({}),
  score,
  loss: number,
  steps: number,
  tokens: number,
  seconds: number,
  solvedAt: number.optional(),
  byDifficulty: z.array(z.looseObject({ value: number, score })),
  byPosition: z.array(z.looseObject({ position: number, loss: number })),
  curve: z.array(curvePoint.extend({ flops: number, score: number.optional() })),
  decode,
})

const study = z.looseObject({
  title: text,
  question: text,
  command: text,
  version: text,
  machine: z.looseObject({ cpu: text, threads: number, workers: number, runtime: text }),
  tasks: z.array(
    z.looseObject({
      key: text,
      title: text,
      shows: text,
      metric: z.enum(['accuracy', 'exact', 'squaredError', 'loss']),
      higherIsBetter: z.boolean(),
      chance: number,
      settings: z.record(text, z.unknown()),
      difficulty: text.nullable(),
      bound: number.optional(),
      published: z.array(z.looseObject({ model: text, setting: text, metric: text, value: number, from: text })),
    }),
  ),
  mechanisms: z.array(text),
  budget: z.looseObject({ kind: text, value: number, text }),
  search: z.looseObject({ rates: z.array(z.number()), seeds: z.array(z.number()), chosenBy: text }),
  seeds: z.array(z.number()),
  entries: z
    .array(
      z.looseObject({
        mechanism: text,
        task: text,
        size,
        params: number,
        flopsPerToken: number,
        stateBytes: number,
        rate: number,
        tried: z.array(z.looseObject({ rate: number, seed: number, score: number, loss: number })),
        score,
        best: number,
        loss: score,
        tokensPerSecond: number,
        peakRssMiB: number,
        runs: z.array(run),
      }),
    )
    .min(1),
  pairs: z.array(z.looseObject({ task: text, size, first: text, second: text, difference: score })),
})

/**
 * The report that bytes hold.
 *
 * @param name where the bytes come from, as the user knows it
 * @throws UserError that says what is wrong with them
 */
export function parseReport(bytes: Uint8Array, name: string): Report {
  const refuse = (what: string) =>
    new UserError(`${name}: expected a report of a comparison or a study, ${what} – write it again, or choose another`)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw refuse(bytes.length === 0 ? 'got an empty file' : 'got what is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('got no object')
  const has = (...lists: string[]) => lists.every((list) => Array.isArray((value as Record<string, unknown>)[list]))
  const schema = has('entries', 'tasks', 'mechanisms') ? study : has('models') ? comparison : undefined
  if (!schema) throw refuse(`got an object with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing'}`)
  const parsed = schema.safeParse(value)
  if (parsed.success) return value as unknown as Report
  const [{ path, message }] = parsed.error.issues
  throw refuse(`in which ${path.join('.')} is wrong (${message})`)
}
