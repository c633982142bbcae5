/** The jobs that a sweep file describes, before they are checked; each knows where in the file a setting of it stands. */
import type { Place, SweepContent } from './sweep-file.js'

export type PartialJob = SweepContent['base']

export interface Candidate {
  readonly job: PartialJob
  placeOf(setting: Place): Place
}

/** How many combinations a grid has. */
export function combinations(grid: SweepContent['grid']): number {
  return Object.values(grid ?? {}).reduce((count, values) => count * values.length, 1)
}

/** The combinations of the grid, its last setting changing fastest, then the jobs that are written out. */
export function candidates({ base, grid, jobs }: SweepContent): Candidate[] {
  const axes = grid || !jobs ? Object.entries(grid ?? {}) : undefined
  return [...(axes ? fromGrid(base, axes) : []), ...(jobs ?? []).map((job, index) => writtenOut(base, job, index))]
}

function fromGrid(base: PartialJob, axes: [path: string, values: PartialJob[string][]][]): Candidate[] {
  const jobs = axes.reduce<PartialJob[]>(
    (partial, [path, values]) => partial.flatMap((job) => values.map((value) => withSetting(job, path, value))),
    [base],
  )
  const placeOf = (setting: Place) => {
    const axis = axes.find(([path]) => path === setting.join('.') || path === setting[0])
    return axis ? ['grid', axis[0]] : ['base', ...setting]
  }
  return jobs.map((job) => ({ job, placeOf }))
}

function writtenOut(base: PartialJob, written: PartialJob, index: number): Candidate {
  const job = { ...base, ...written }
  for (const part of ['set', 'training']) {
    const [below, above] = [base[part], written[part]]
    if (isObject(below) && isObject(above)) job[part] = { ...below, ...above }
  }
  const stands = ([first, second]: Place) => {
    const value = written[first]
    return value !== undefined && (second === undefined || !isObject(value) || Object.hasOwn(value, second))
  }
  return { job, placeOf: (setting) => (stands(setting) ? ['jobs', index, ...setting] : ['base', ...setting]) }
}

/** `training.rate` is the rate in `training`; the rest of `set.mixers.0.chunk` is one path of the model. */
function withSetting(job: PartialJob, path: string, value: PartialJob[string]): PartialJob {
  const [, first, rest] = /^([^.]*)\.?(.*)$/.exec(path)!
  if (rest === '') return { ...job, [first]: value }
  const part = job[first]
  return { ...job, [first]: { ...(isObject(part) ? part : {}), [rest]: value } }
}

function isObject(value: unknown): value is PartialJob {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
