/** Runs of this browser as a comparison, which is drawn like any other. What was not measured here stays out. */
import type { ComparisonReport, ModelResult } from 'seqlab/evaluation/report'
import { finishedResult, type MetricsEntry, openRun } from 'seqlab/training'
import { runPath } from '../runs/places.js'
import type { RunView } from '../runs/runs.js'
import type { Column } from './sorted-table.js'

export interface ReadRun {
  readonly view: RunView
  /** The text or task that it learns. */
  readonly lesson: string
  /** What its folder says of it; empty while it is made. */
  readonly configuration: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
}

export async function readRun(view: RunView): Promise<ReadRun> {
  const run = await openRun(runPath(view.name)).catch(() => undefined)
  const configuration = run?.configuration ?? {}
  const { data, task } = configuration
  const named = typeof task === 'string' ? task : typeof data === 'string' ? data.split('/').pop() : undefined
  const planned = view.plan && (view.plan.lesson.kind === 'text' ? view.plan.lesson.name : view.plan.lesson.choice)
  const result = run && (await finishedResult(run).catch(() => undefined))
  return { view, lesson: planned ?? named ?? 'something unknown', configuration, result }
}

interface Compared {
  readonly report: ComparisonReport
  readonly more: readonly Column<ModelResult>[]
}

export function comparisonOf(lesson: string, runs: readonly ReadRun[]): Compared {
  const names = runs.map(({ view }) => view.plan?.model.name ?? view.name)
  // Where a model was trained twice, its runs go by their folders.
  const models = runs.map((run, at) =>
    modelOf(run, names.indexOf(names[at]) === names.lastIndexOf(names[at]) ? names[at] : run.view.name),
  )
  const scores = new Map(models.map(({ model }, at) => [model, last(runs[at].view.curve, 'score')]))
  const score = ({ model }: ModelResult) => scores.get(model) ?? Number.NaN
  const text = (model: ModelResult) => (Number.isFinite(score(model)) ? score(model).toFixed(3) : '–')
  const [{ configuration, view }] = runs
  return {
    report: {
      title: `Runs of this browser on ${lesson}`,
      command: '',
      version: 'of this page',
      machine: { cpu: 'this one', threads: view.plan?.threads ?? Number(configuration.threads), runtime: 'browser' },
      data: { name: lesson, tokenizer: view.plan?.tokenizer ?? '–', trainTokens: Number.NaN, validTokens: Number.NaN },
      settings: { ...(configuration.settings as object) },
      models,
    },
    more: models.some((model) => Number.isFinite(score(model)))
      ? [{ label: 'Score', unit: 'on validation', value: score, text, descending: true }]
      : [],
  }
}

function modelOf({ view, configuration, result }: ReadRun, model: string): ModelResult {
  const { curve, parameters, flopsPerStep } = view
  /** Of the result, and until there is one, of the curve. */
  const measured = (name: string, otherwise: number) =>
    typeof result?.[name] === 'number' ? (result[name] as number) : otherwise
  const seconds = measured('seconds', last(curve, 'seconds'))
  return {
    model,
    params: measured('params', parameters ?? Number.NaN),
    trainLoss: measured('trainLoss', last(curve, 'loss')),
    validLoss: measured('validLoss', last(curve, 'validLoss')),
    bitsPerByte: Number.NaN,
    tokensPerSecond: Math.round(measured('tokensPerSecond', last(curve, 'tokens') / seconds)),
    stateBytes: Number.NaN,
    microsecondsPerToken: Number.NaN,
    peakRssMiB: Number.NaN,
    seconds,
    sample: '',
    curve: curve.map(({ step, tokens, seconds, loss, validLoss }) => ({
      step,
      tokens: Number(tokens),
      seconds: Number(seconds),
      ...(flopsPerStep !== undefined && { flops: step * flopsPerStep }),
      trainLoss: Number(loss),
      ...(typeof validLoss === 'number' && { validLoss }),
    })),
    decode: [],
    configuration: configuration.model,
  }
}

/** The latest value of what is not measured at every step. */
function last(curve: readonly MetricsEntry[], measure: string): number {
  const entry = curve.findLast((point) => typeof point[measure] === 'number')
  return entry ? Number(entry[measure]) : Number.NaN
}
