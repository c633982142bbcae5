/** Running a study: every mechanism tuned alike, then its seeds at the rate that was best for it. */
import { UserError } from '../../platform/errors.js'
import {
  type ChooseTask,
  type ChosenTask,
  type Corpora,
  lowerIsBetter,
  type Metric,
  registeredTask,
} from '../../tasks/index.js'
import { configured } from '../jobs/configure.js'
import type { JobResult, JobSpec } from '../jobs/job.js'
import { jobSpec } from '../jobs/job.js'
import { openMaterial } from '../jobs/material.js'
import { mean } from '../statistics.js'
import type { StudyPlan } from './plan.js'

/** One mechanism on one task at one size: what is tuned and repeated. */
export interface Cell {
  readonly contestant: StudyPlan['contestants'][number]
  readonly task: string
  readonly chosen: ChosenTask
  readonly size: Readonly<Record<string, number>>
  /** Parameters that all have, where they are matched. */
  readonly parameters?: number
}

/** What was measured of a cell. */
export interface Measured {
  readonly cell: Cell
  readonly tried: readonly JobResult[]
  readonly rate: number
  /** At the chosen rate, in the order of the plan's seeds. */
  readonly runs: readonly JobResult[]
}

/** Runs jobs that were not run before; gives the results in their order, undefined for those that failed. */
export type RunJobs = (specs: readonly JobSpec[]) => Promise<(JobResult | undefined)[]>

/**
 * The search first, of all cells together, then the seeds that it did not cover.
 *
 * @throws UserError when a cell has no result at any rate, or none of its seeds has one
 */
export async function runStudy(plan: StudyPlan, cells: readonly Cell[], runJobs: RunJobs): Promise<Measured[]> {
  const searches = cells.flatMap((cell) =>
    plan.rates.flatMap((rate) => plan.searchSeeds.map((seed) => jobOf(plan, cell, rate, seed))),
  )
  const found = await runJobs(searches)
  const perCell = plan.rates.length * plan.searchSeeds.length
  const tuned = cells.map((cell, index) => {
    const tried = found.slice(index * perCell, (index + 1) * perCell).filter((result) => result !== undefined)
    if (tried.length > 0) return { cell, tried, rate: bestRate(tried) }
    throw new UserError(
      `study: ${cell.contestant.name} on ${cell.task} gave no result at any rate – see its failure.json under jobs/`,
    )
  })
  const repeats = await runJobs(
    tuned.flatMap(({ cell, rate }) => plan.seeds.map((seed) => jobOf(plan, cell, rate, seed))),
  )
  return tuned.map((measured, index) => {
    const runs = repeats
      .slice(index * plan.seeds.length, (index + 1) * plan.seeds.length)
      .filter((result) => result !== undefined)
    if (runs.length > 0) return { ...measured, runs }
    const { cell, rate } = measured
    throw new UserError(
      `study: ${cell.contestant.name} on ${cell.task} gave no result at its rate ${rate} from any seed – see its failure.json under jobs/`,
    )
  })
}

/**
 * Every mechanism on every task at every size. Parameters are those of the first mechanism.
 *
 * @throws UserError for what no job of the study could do, before any of them runs
 */
export async function cellsOf(plan: StudyPlan, corpora: Corpora, choose: ChooseTask = registeredTask): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const task of plan.tasks) {
    const chosen = await choose(task)
    const material = await openMaterial(chosen, { corpora })
    const check = (cell: Cell) => configured(jobOf(plan, cell, plan.rates[0], plan.seeds[0]), material)
    try {
      for (const size of plan.sizes) {
        const [contestant] = plan.contestants
        const { model } = await check({ contestant, task, chosen, size })
        const parameters = plan.match ? model.parameterCount : undefined
        const here = plan.contestants.map((contestant) => ({ contestant, task, chosen, size, parameters }))
        for (const cell of here) await check(cell)
        cells.push(...here)
      }
    } finally {
      await material.close()
    }
  }
  return cells
}

function jobOf(plan: StudyPlan, { contestant, task, size, parameters }: Cell, rate: number, seed: number): JobSpec {
  const { budget, training, difficulty, examples, decode, solvedAt } = plan
  return jobSpec.parse({
    name: contestant.name,
    model: contestant.model,
    set: { ...size, ...contestant.set },
    task,
    training: { ...training, rate, seed },
    ...(parameters !== undefined && { parameters }),
    ...(budget.kind === 'flops' && { flops: budget.value }),
    ...(budget.kind === 'time' && { seconds: budget.value }),
    ...(solvedAt !== undefined && { solvedAt }),
    difficulty,
    examples,
    decode,
  })
}

/**
 * The rate with the best mean score on the validation part; of equal ones, that with the lowest loss. One that failed
 * at some seed is taken only where each did.
 */
function bestRate(tried: readonly JobResult[]): number {
  const all = [...new Set(tried.map(({ spec }) => rateOf(spec)))]
  const seeds = (rate: number) => tried.filter(({ spec }) => rateOf(spec) === rate).length
  const most = Math.max(...all.map(seeds))
  const rates = all.filter((rate) => seeds(rate) === most)
  const better = lowerIsBetter(tried[0].metric as Metric) ? -1 : 1
  const worth = rates.map((rate) => {
    const these = tried.filter(({ spec }) => rateOf(spec) === rate)
    return {
      rate,
      score: better * mean(these.map(({ validation }) => validation.score)),
      loss: mean(these.map(({ validation }) => validation.loss)),
    }
  })
  return worth.reduce((a, b) => (b.score > a.score || (b.score === a.score && b.loss < a.loss) ? b : a)).rate
}

export const rateOf = ({ training }: JobSpec): number => training.rate as number
