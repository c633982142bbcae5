/** From what a study measured to its report. */
import { lowerIsBetter, type Metric } from '../../tasks/index.js'
import type { JobResult } from '../jobs/job.js'
import { mean, meanInterval } from '../statistics.js'
import { pairsOf } from './pairs.js'
import type { StudyPlan } from './plan.js'
import { type Measured, rateOf } from './run.js'
import type { StudiedTask, StudyEntry, StudyReport, StudyRun } from './types.js'

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
  const entries = measured.map(entryOf)
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
    entries,
    pairs: pairsOf(entries),
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
