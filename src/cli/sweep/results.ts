/** The table of a store's results. */
import { type Row, rowOf } from '../../evaluation/jobs/rows.js'
import { type JobStore, jobStore } from '../../evaluation/jobs/store.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { openResults, type ResultsDatabase } from './database.js'

/** Writes `results.parquet` beside the results, for pandas, Polars, DuckDB and others. */
export async function writeTable(store: JobStore): Promise<void> {
  const rows = (await store.results()).map(rowOf)
  if (rows.length === 0) return
  const database = await openResults(rows)
  try {
    await database.export('FROM results', platform().files.join(store.path, 'results.parquet'))
  } finally {
    database.close()
  }
}

/**
 * The results of a sweep's folder, those of a running one included, or of a Parquet file.
 *
 * @throws UserError when it is neither
 */
export async function resultsAt(path: string): Promise<ResultsDatabase> {
  const { files } = platform()
  if (path.endsWith('.parquet') && (await files.exists(path))) return openResults(path)
  if (!(await files.exists(files.join(path, 'jobs'))))
    throw new UserError(`${path}: holds no results – give the --out folder of a sweep, or a .parquet file`)
  return openResults((await jobStore(path).results()).map(rowOf))
}

const shownFirst = ['name', 'task', 'rate', 'seed', 'score', 'low', 'high', 'loss', 'params', 'state_bytes']
const shownLast = ['tokens_per_second', 'seconds']

/** The columns to show where nobody chose: the figures, and the settings that differ. */
export function columnsToShow(rows: readonly Row[]): string[] {
  const settings = Object.keys(rows[0] ?? {}).filter((name) => /^(set|training)_/.test(name))
  const differing = settings.filter((name) => new Set(rows.map((row) => row[name])).size > 1)
  return [...shownFirst, ...differing, ...shownLast]
}
