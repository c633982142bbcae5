/** Looking at a part of a study: some of its tasks, mechanisms and seeds, and what can be said of these alone. */
import { meanInterval } from '../statistics.js'
import { pairsOf } from './pairs.js'
import type { StudyEntry, StudyReport, StudyRun } from './types.js'

export interface Part {
  /** Keys of tasks. */
  readonly tasks: readonly string[]
  readonly mechanisms: readonly string[]
  readonly seeds: readonly number[]
}

/**
 * The part of a study. Means, intervals and paired differences are those of the seeds that are left; speeds and memory
 * stay those of all. The list of mechanisms stays whole, because their place in it decides their looks.
 */
export function narrowStudy(report: StudyReport, { tasks, mechanisms, seeds }: Part): StudyReport {
  const chosen = report.entries.filter(({ task, mechanism }) => tasks.includes(task) && mechanisms.includes(mechanism))
  const fewer = report.seeds.some((seed) => !seeds.includes(seed))
  const higher = new Map(report.tasks.map(({ key, higherIsBetter }) => [key, higherIsBetter]))
  const entries = fewer ? chosen.flatMap((entry) => ofSeeds(entry, seeds, higher.get(entry.task) ?? true)) : chosen
  const isLeft = (mechanism: string) => mechanisms.includes(mechanism)
  return {
    ...report,
    tasks: report.tasks.filter(({ key }) => tasks.includes(key)),
    seeds: report.seeds.filter((seed) => seeds.includes(seed)),
    entries,
    pairs: fewer
      ? pairsOf(entries)
      : report.pairs.filter(({ task, first, second }) => tasks.includes(task) && isLeft(first) && isLeft(second)),
  }
}

/** None where no run is left. */
function ofSeeds(entry: StudyEntry, seeds: readonly number[], higherIsBetter: boolean): StudyEntry[] {
  const runs = entry.runs.filter(({ seed }) => seeds.includes(seed)).map(withNumbers)
  if (runs.length === 0) return []
  const scores = runs.map(({ score }) => score.mean)
  const best = higherIsBetter ? Math.max(...scores) : Math.min(...scores)
  return [{ ...entry, runs, best, score: meanInterval(scores), loss: meanInterval(runs.map(({ loss }) => loss)) }]
}

// A number that was not finite comes back from JSON as null, which would count as 0 in a mean.
const withNumbers = (run: StudyRun): StudyRun => ({
  ...run,
  loss: run.loss ?? Number.NaN,
  score: { ...run.score, mean: run.score.mean ?? Number.NaN },
})
