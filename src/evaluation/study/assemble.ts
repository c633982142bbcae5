/** From what a study measured to its report. */
import { lowerIsBetter, type Metric } from '../../tasks/index.js'
import type { JobResult } from '../jobs/job.js'
import { mean, meanInterval, pairedInterval } from '../statistics.js'
import type { StudyPlan } from './plan.js'
import { type Measured, rateOf } from './run.js'
import type { PairedDifference, StudiedTask, StudyEntry, StudyReport, StudyRun } from './types.js'

export interface StudySurroundings {
  readonly command: string
  readonly version: string
  readonly machine: StudyReport['machine']
}

export function assembleStudy(
  plan: StudyPlan,
  measured: readonly Measured[],
  surroundings: StudySurroundings,
): StudyReport {
  return {
    title: plan.title,
    question: plan.question,
    ...surroundings,
    tasks: plan.tasks.map((task) => studied(task, measured)),
    mechanisms: plan.contestants.map(({ name }) => name),
    budget: budgetOf(plan, measured),
    search: {
      rates: plan.rates,
      seeds: plan.searchSeeds,
      chosenBy: 'the mean score on the validation part, and the loss there where scores are equal',
    },
    seeds: plan.seeds,
    entries: measured.map(entryOf),
    pairs: pairsOf(measured),
  }
}

function studied(choice: string, measured: readonly Measured[]): StudiedTask {
  const here = measured.filter(({ cell }) => cell.task === choice)
  const { task, config } = here[0].cell.chosen
  const [first] = here[0].runs
  const bounds = here.flatMap(({ runs }) => runs.flatMap(({ bound }) => bound ?? []))
  const { metric, chance } = first
  return {
    key: choice,
    id: task.id,
    title: task.title,
    shows: task.shows,
    metric,
    higherIsBetter: !lowerIsBetter(metric as Metric),
    chance,
    settings: config,
    difficulty: task.kind === 'text' ? 'context' : (task.difficulty?.setting ?? null),
    ...(bounds.length > 0 && { bound: bounds[0] }),
    published: task.published ?? [],
  }
}

function budgetOf({ budget, match }: StudyPlan, measured: readonly Measured[]): StudyReport['budget'] {
  const parameters = match ? 'equal parameters (±3 %, by the width of the channel mixer)' : 'equal width and depth'
  if (budget.kind === 'flops') {
    return { ...budget, text: `${parameters}, and ${budget.value.toExponential(2)} training FLOPs each` }
  }
  if (budget.kind === 'time') return { ...budget, text: `${parameters}, and ${budget.value} s of training each` }
  const steps = Math.max(...measured.flatMap(({ runs }) => runs.map((run) => run.steps)))
  return { kind: 'steps', value: steps, text: `${parameters}, and the same examples for all: at most ${steps} steps` }
}

function entryOf({ cell, tried, rate, runs }: Measured): StudyEntry {
  const [first] = runs
  const scores = runs.map(({ score }) => score.mean)
  const higher = !lowerIsBetter(first.metric as Metric)
  return {
    mechanism: cell.contestant.name,
    task: cell.task,
    size: cell.size,
    params: first.params,
    flopsPerToken: first.flopsPerToken,
    stateBytes: first.stateBytes,
    rate,
    tried: tried.map(({ spec, validation }) => ({
      rate: rateOf(spec),
      seed: spec.training.seed ?? 1,
      score: validation.score,
      loss: validation.loss,
    })),
    score: meanInterval(scores),
    best: higher ? Math.max(...scores) : Math.min(...scores),
    loss: meanInterval(runs.map(({ loss }) => loss)),
    tokensPerSecond: Math.round(mean(runs.map(({ tokensPerSecond }) => tokensPerSecond))),
    peakRssMiB: Math.max(...runs.map(({ peakRssMiB }) => peakRssMiB)),
    runs: runs.map(runOf),
    configuration: first.configuration,
  }
}

function runOf(result: JobResult): StudyRun {
  const { id, spec, score, loss, steps, tokens, seconds, solvedAt, byDifficulty, byPosition, curve, decode } = result
  const seed = spec.training.seed ?? 1
  return { id, seed, spec, score, loss, steps, tokens, seconds, solvedAt, byDifficulty, byPosition, curve, decode }
}

/** Every two mechanisms on the same task and size, over the seeds that both have. */
function pairsOf(measured: readonly Measured[]): PairedDifference[] {
  return measured.flatMap((first, index) =>
    measured.slice(index + 1).flatMap((second) => {
      if (first.cell.task !== second.cell.task || first.cell.size !== second.cell.size) return []
      const pairs = first.runs.flatMap((a) => {
        const b = second.runs.find(({ spec }) => spec.training.seed === a.spec.training.seed)
        return b ? [[a.score.mean, b.score.mean] as const] : []
      })
      if (pairs.length === 0) return []
      const difference = pairedInterval(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      )
      const { task, size, contestant } = first.cell
      return [{ task, size, first: contestant.name, second: second.cell.contestant.name, difference }]
    }),
  )
}
