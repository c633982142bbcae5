/** seqlab results */
import { type Command, Option } from 'commander'
import type { Row } from '../../evaluation/jobs/rows.js'
import { filePath } from '../options.js'
import { createOutput } from '../output.js'
import { columnsToShow, resultsAt } from '../sweep/results.js'
import { table } from '../table.js'

export function defineResults(program: Command): void {
  program
    .command('results <dir> [sql]')
    .description('list, filter and export the results of a sweep; SQL queries the table results')
    .addOption(new Option('--where <filter>', 'a condition in SQL, such as "model = \'gla\' AND score > 0.9"'))
    .option('--export <file>', 'write them to a .csv, .parquet or .json file', filePath)
    .option('--json', 'print JSON lines only')
    .action(async (dir, sql, options, command: Command) => {
      if (sql !== undefined && options.where !== undefined)
        command.error("error: option '--where' and a query are given – write the condition into the query")
      const output = createOutput(options.json)
      const query = sql ?? `FROM results${options.where === undefined ? '' : ` WHERE ${options.where}`}`
      const database = await resultsAt(dir)
      try {
        if (options.export) await database.export(query, options.export)
        const { columns, rows } = await database.ask(query)
        if (options.json) {
          for (const row of rows) output.event(row)
        } else if (options.export) output.line(`${rows.length} rows in ${options.export}`)
        else {
          const shown = sql === undefined ? columnsToShow(rows as Row[]) : columns
          for (const line of table(
            shown,
            rows.map((row) => shown.map((name) => cellText(row[name]))),
          ))
            output.line(line)
        }
      } finally {
        database.close()
      }
    })
}

/** Figures to four digits; lists by their length. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return `[${value.length}]`
  if (typeof value === 'number' && !Number.isInteger(value)) return `${Number(value.toPrecision(4))}`
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`
}
