/** Results in an embedded analytical database: SQL over them, and files that other tools open. */
import { extname } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { columnsOf, type Row } from '../../evaluation/jobs/rows.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'

export interface Answer {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export interface ResultsDatabase {
  /** @throws UserError for what is no query of the table `results` */
  ask(sql: string): Promise<Answer>
  /** Writes the answer as .csv, .parquet or .json. @throws UserError for other endings, too */
  export(sql: string, path: string): Promise<void>
  close(): void
}

const formats: Readonly<Record<string, string>> = {
  '.parquet': 'FORMAT parquet',
  '.csv': 'FORMAT csv, HEADER',
  '.json': 'FORMAT json, ARRAY true',
}

/** The table `results` from rows, or from a Parquet file. */
export async function openResults(source: readonly Row[] | string): Promise<ResultsDatabase> {
  const { DuckDBInstance } = await loadDuckDB()
  // Nothing is ever downloaded: all that is used is in the library.
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' })
  const connection = await instance.connect()
  if (typeof source === 'string')
    await asked(() => connection.run(`CREATE VIEW results AS FROM read_parquet(${quoted(source)})`))
  else await createTable(connection, source)
  return {
    async ask(sql) {
      const query = await queryOf(connection, sql)
      const reader = await asked(() => connection.runAndReadAll(query))
      const rows = reader.getRowObjectsJS().map((row) => JSON.parse(JSON.stringify(row, numbers)))
      return { columns: reader.deduplicatedColumnNames(), rows }
    },
    async export(sql, path) {
      const format = formats[extname(path)]
      if (!format) throw new UserError(`--export: expected a file ending in .csv, .parquet or .json, got ${path}`)
      const query = await queryOf(connection, sql)
      const { files } = platform()
      const partial = `${path}.tmp`
      try {
        await asked(() => connection.run(`COPY (${query}) TO ${quoted(partial)} (${format})`))
        await files.rename(partial, path)
      } finally {
        await files.remove(partial)
      }
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function loadDuckDB(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    throw new UserError(
      `@duckdb/node-api: cannot be loaded (${(error as Error).message.split('\n')[0]}) – it has no build for this system; the results are in jobs/*/result.json`,
      { cause: error },
    )
  }
}

const order = 'task, name, rate, seed, id'

async function createTable(connection: DuckDBConnection, rows: readonly Row[]): Promise<void> {
  const shape = JSON.stringify([columnsOf(rows)])
  await connection.run(
    `CREATE TABLE results AS FROM (SELECT unnest(from_json($1::JSON, ${quoted(shape)}), max_depth := 2)) ORDER BY ${order}`,
    [JSON.stringify(rows)],
  )
}

/** A query of what the statement gives: nothing but a query has an answer. */
async function queryOf(connection: DuckDBConnection, sql: string): Promise<string> {
  const { count } = await asked(() => connection.extractStatements(sql))
  if (count !== 1) throw new UserError(`results: expected one query, got ${count} – write one`)
  return `FROM (${sql.replace(/[;\s]+$/, '')}\n)`
}

/** DuckDB's own words, on one line. */
async function asked<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const [problem, ...hints] = (error as Error).message
      .replace(/^.*? Error: /, '')
      .split('\n\nLINE')[0]
      .split('\n')
    const more = hints.filter((line) => line.trim() !== '').slice(0, 1)
    throw new UserError(
      `results: ${[problem, ...more].join(' – ')}\nquery the table results; 'DESCRIBE results' lists its columns`,
    )
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Whole numbers of 64 bits as numbers where JavaScript has them. */
const numbers = (_: string, value: unknown) =>
  typeof value === 'bigint' ? (Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`) : value
