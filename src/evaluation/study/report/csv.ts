/** The tables of a study for other programs: RFC 4180, empty where a number is not finite. */
import type { StudyEntry, StudyReport } from '../types.js'

type Value = string | number | null | undefined

/** A row for each run at the chosen rate. */
export const runsCsv = ({ entries, tasks }: StudyReport): string =>
  csv(
    entries.flatMap((entry) =>
      entry.runs.map((run) => ({
        ...identity(entry, tasks),
        seed: run.seed,
        rate: entry.rate,
        score: run.score.mean,
        score_low: run.score.low,
        score_high: run.score.high,
        loss: run.loss,
        steps: run.steps,
        tokens: run.tokens,
        seconds: run.seconds,
        solved_at: run.solvedAt,
        params: entry.params,
        job: run.id,
      })),
    ),
  )

/** A row for each mechanism, task and size, over its seeds. */
export const entriesCsv = ({ entries, tasks }: StudyReport): string =>
  csv(
    entries.map((entry) => ({
      ...identity(entry, tasks),
      seeds: entry.runs.length,
      rate: entry.rate,
      score: entry.score.mean,
      score_low: entry.score.low,
      score_high: entry.score.high,
      best: entry.best,
      loss: entry.loss.mean,
      loss_low: entry.loss.low,
      loss_high: entry.loss.high,
      params: entry.params,
      flops_per_token: entry.flopsPerToken,
      tokens_per_second: entry.tokensPerSecond,
      state_bytes: entry.stateBytes,
      peak_rss_mib: entry.peakRssMiB,
    })),
  )

/** A row for each paired difference. */
export const pairsCsv = ({ pairs }: StudyReport): string =>
  csv(
    pairs.map(({ task, size, first, second, difference }) => ({
      task,
      size: sizeOf(size),
      first,
      second,
      difference: difference.mean,
      difference_low: difference.low,
      difference_high: difference.high,
    })),
  )

const identity = ({ mechanism, task, size }: StudyEntry, tasks: StudyReport['tasks']) => ({
  task,
  mechanism,
  size: sizeOf(size),
  metric: tasks.find(({ key }) => key === task)?.metric,
})

const sizeOf = (size: StudyEntry['size']) =>
  Object.entries(size)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

function csv(rows: readonly Record<string, Value>[]): string {
  const lines = rows.length > 0 ? [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))] : []
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

function cell(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : ''
  const text = value ?? ''
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
