/** A sweep as its file says: every combination of a grid, and jobs written out, each once. */
import { parseWith, preset } from '../../models/index.js'
import { chooseTask, tasks } from '../../tasks/index.js'
import { candidates, combinations, type PartialJob } from './combinations.js'
import { jobId } from './hash.js'
import { type JobSpec, jobSpec } from './job.js'
import { type Place, placeOfIssue, readSweep } from './sweep-file.js'

export interface PlannedJob {
  readonly id: string
  readonly spec: JobSpec
}

export interface SweepPlan {
  readonly name: string
  readonly jobs: readonly PlannedJob[]
  /** How many were written again. */
  readonly duplicates: number
}

/** More is a slip of the pen: months of computing. */
const mostJobs = 100_000

/** @throws UserError naming the file, and the line where it is known, of what is wrong */
export async function planSweep(text: string, path: string): Promise<SweepPlan> {
  const { content, fail, attempt } = readSweep(text, path)
  const size = combinations(content.grid)
  if (size > mostJobs) fail(['grid'], `the grid has ${size} combinations, more than ${mostJobs} – shorten its lists`)
  const all = candidates(content)
  const specs = all.map(({ job, placeOf }) => jobFrom(job, (setting, action) => attempt(placeOf(setting), action)))
  const jobs = await planJobs(specs)
  return { name: content.name, jobs, duplicates: all.length - jobs.length }
}

/** Jobs under their ids, each once. */
export async function planJobs(specs: readonly JobSpec[]): Promise<PlannedJob[]> {
  const planned = new Map<string, PlannedJob>()
  for (const spec of specs) {
    const id = await jobId(spec)
    if (!planned.has(id)) planned.set(id, { id, spec })
  }
  return [...planned.values()]
}

/** A job that can be run: its model and its task are known, and the task takes its settings. */
function jobFrom(partial: PartialJob, attempt: <T>(setting: Place, action: () => T) => T): JobSpec {
  const input = { name: partial.model, training: {}, ...partial }
  const result = jobSpec.safeParse(input)
  const spec = result.success
    ? result.data
    : attempt(placeOfIssue(result.error), () => parseWith(jobSpec, input, 'job'))
  attempt(['model'], () => preset(spec.model))
  attempt(['task'], () => chooseTask(spec.task, tasks))
  return spec
}
