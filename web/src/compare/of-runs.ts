/** Runs of this browser as a comparison, which is drawn like any other. What was not measured here stays out. */
import type { ComparisonReport, ModelResult } from 'seqlab/evaluation/report'
import { platform } from 'seqlab/platform'
import { finishedResult, type MetricsEntry, openRun } from 'seqlab/training'
import { runPath } from '../runs/places.js'
import type { RunView } from '../runs/runs.js'
import type { Column } from './sorted-table.js'

export interface ComparedRuns {
  readonly report: ComparisonReport
  readonly more: readonly Column<ModelResult>[]
}

/** The text or task that a run learns; of a run from elsewhere only its name is known. */
export function lessonOf({ plan }: RunView): string {
  if (!plan) return 'runs from elsewhere'
  return plan.lesson.kind === 'text' ? plan.lesson.name : plan.lesson.choice
}

export async function compareRuns(lesson: string, runs: readonly RunView[]): Promise<ComparedRuns> {
  const models = await Promise.all(runs.map((run) => modelOf(run, runs)))
  const scores = new Map(models.map((model, at) => [model.model, last(runs[at].curve, 'score')]))
  const score = ({ model }: ModelResult) => scores.get(model) ?? Number.NaN
  const scored = models.some((model) => Number.isFinite(score(model)))
  return {
    report: {
      title: `Runs of this browser on ${lesson}`,
      command: '',
      version: 'of this page',
      machine: {
        cpu: 'this one',
        threads: Math.max(...runs.map(({ plan }) => plan?.threads ?? 1)),
        runtime: 'browser',
      },
      data: {
        name: lesson,
        tokenizer: runs[0].plan?.tokenizer ?? '–',
        trainTokens: Number.NaN,
        validTokens: Number.NaN,
      },
      settings: { ...runs[0].plan?.training },
      models,
    },
    more: scored
      ? [
          {
            label: 'Score',
            unit: 'on validation',
            value: score,
            text: (model) => score(model).toFixed(3),
            descending: true,
          },
        ]
      : [],
  }
}

async function modelOf(run: RunView, runs: readonly RunView[]): Promise<ModelResult> {
  const { name, plan, curve } = run
  const model = plan?.model.name ?? name
  const alone = runs.filter((other) => (other.plan?.model.name ?? other.name) === model).length === 1
  const path = runPath(name)
  const result = await finishedResult(await openRun(path)).catch(() => undefined)
  const number = (key: string) => (typeof result?.[key] === 'number' ? (result[key] as number) : Number.NaN)
  const or = (value: number, other: number) => (Number.isFinite(value) ? value : other)
  const seconds = or(number('seconds'), last(curve, 'seconds'))
  return {
    model: alone ? model : name,
    params: or(number('params'), run.parameters ?? Number.NaN),
    trainLoss: or(number('trainLoss'), last(curve, 'loss')),
    validLoss: or(number('validLoss'), last(curve, 'validLoss')),
    bitsPerByte: Number.NaN,
    tokensPerSecond: Math.round(or(number('tokensPerSecond'), last(curve, 'tokens') / seconds)),
    stateBytes: Number.NaN,
    microsecondsPerToken: Number.NaN,
    peakRssMiB: Number.NaN,
    seconds,
    sample: '',
    curve: curve.map(({ step, tokens, seconds, loss, validLoss }) => ({
      step,
      tokens: Number(tokens),
      seconds: Number(seconds),
      ...(run.flopsPerStep !== undefined && { flops: step * run.flopsPerStep }),
      trainLoss: Number(loss),
      ...(typeof validLoss === 'number' && { validLoss }),
    })),
    decode: [],
    configuration: await configurationOf(path),
  }
}

/** The latest value of what is not measured at every step. */
function last(curve: readonly MetricsEntry[], measure: string): number {
  const entry = curve.findLast((point) => typeof point[measure] === 'number')
  return entry ? Number(entry[measure]) : Number.NaN
}

async function configurationOf(path: string): Promise<unknown> {
  const { files } = platform()
  const file = files.join(path, 'config.json')
  return (await files.exists(file)) ? JSON.parse(new TextDecoder().decode(await files.read(file))) : undefined
}
