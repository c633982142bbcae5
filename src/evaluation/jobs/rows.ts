/** Results as rows of a table, one column a value; lists of points stay lists. */
import { chooseTask, tasks } from '../../tasks/index.js'
import { completedJob } from './hash.js'
import type { JobResult } from './job.js'

export type Cell = string | number | boolean | null | readonly object[]
export type Row = Readonly<Record<string, Cell>>
/** A column's type in SQL: that of its values, or of the points in its lists. */
export type ColumnType = 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN' | readonly Readonly<Record<string, string>>[]

const points = (...fields: string[]): ColumnType => [Object.fromEntries(fields.map((field) => [field, 'DOUBLE']))]

/** The columns that every result has; those of settings (`set_…`, `task_…`, `training_…`) follow them. */
const fixed = {
  id: 'VARCHAR',
  name: 'VARCHAR',
  model: 'VARCHAR',
  task: 'VARCHAR',
  task_id: 'VARCHAR',
  rate: 'DOUBLE',
  seed: 'BIGINT',
  metric: 'VARCHAR',
  score: 'DOUBLE',
  low: 'DOUBLE',
  high: 'DOUBLE',
  chance: 'DOUBLE',
  loss: 'DOUBLE',
  bound: 'DOUBLE',
  params: 'BIGINT',
  state_bytes: 'BIGINT',
  flops_per_token: 'DOUBLE',
  flops: 'DOUBLE',
  steps: 'BIGINT',
  tokens: 'BIGINT',
  seconds: 'DOUBLE',
  tokens_per_second: 'DOUBLE',
  peak_rss_mib: 'DOUBLE',
  solved_at: 'BIGINT',
  threads: 'BIGINT',
  version: 'VARCHAR',
  cpu: 'VARCHAR',
  runtime: 'VARCHAR',
  by_difficulty: points('value', 'score', 'low', 'high', 'loss'),
  by_position: points('position', 'loss'),
  curve: points('step', 'tokens', 'seconds', 'flops', 'trainLoss', 'validLoss', 'score'),
  decode: points('position', 'microseconds', 'stateBytes', 'allocatedBytes'),
} as const satisfies Record<string, ColumnType>

export function rowOf(result: JobResult): Row {
  const { score } = result
  const spec = completedJob(result.spec)
  const { rate = null, seed = null, ...otherTraining } = spec.training
  const task = spec.task.split(':')[0]
  const row: Record<keyof typeof fixed, Cell> = {
    id: result.id,
    name: spec.name,
    model: spec.model,
    task: spec.task,
    task_id: task,
    rate,
    seed,
    metric: result.metric,
    score: score.mean,
    low: score.low,
    high: score.high,
    chance: result.chance,
    loss: result.loss,
    bound: result.bound ?? null,
    params: result.params,
    state_bytes: result.stateBytes,
    flops_per_token: result.flopsPerToken,
    flops: result.flopsPerToken * result.tokens,
    steps: result.steps,
    tokens: result.tokens,
    seconds: result.seconds,
    tokens_per_second: result.tokensPerSecond,
    peak_rss_mib: result.peakRssMiB,
    solved_at: result.solvedAt,
    threads: spec.threads,
    version: result.version,
    cpu: result.machine.cpu,
    runtime: result.machine.runtime,
    by_difficulty: result.byDifficulty.map(({ value, score: { mean, low, high }, loss }) => ({
      value,
      score: mean,
      low,
      high,
      loss,
    })),
    by_position: result.byPosition,
    curve: result.curve,
    decode: result.decode,
  }
  return {
    ...row,
    ...prefixed('set', spec.set),
    ...prefixed('task', taskSettings(spec.task)),
    ...prefixed('training', otherTraining),
  }
}

/** The columns of rows with their types: those of settings are what all their values are. */
export function columnsOf(rows: readonly Row[]): Record<string, ColumnType> {
  const more = new Set(rows.flatMap((row) => Object.keys(row)))
  return Object.fromEntries(
    [...Object.keys(fixed), ...more].map((name) => [
      name,
      name in fixed ? fixed[name as keyof typeof fixed] : typeOf(rows.map((row) => row[name] ?? null)),
    ]),
  )
}

function typeOf(values: readonly Cell[]): ColumnType {
  const given = values.filter((value) => value !== null)
  if (given.every((value) => typeof value === 'boolean')) return 'BOOLEAN'
  if (given.every((value) => Number.isSafeInteger(value))) return 'BIGINT'
  return given.every((value) => typeof value === 'number') ? 'DOUBLE' : 'VARCHAR'
}

/** With the task's defaults; none where this version does not know the task, or not so. */
function taskSettings(choice: string): Record<string, unknown> {
  try {
    return chooseTask(choice, tasks).config
  } catch {
    return {}
  }
}

/** Column names that need no quotes in SQL. */
function prefixed(prefix: string, settings: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([path, value]) => [`${prefix}_${path.replace(/\W/g, '_')}`, plain(value)]),
  )
}

function plain(value: unknown): Cell {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
    ? (value as Cell)
    : JSON.stringify(value)
}
