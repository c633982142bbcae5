/** Costs of mixers as rows of a table that reads well in a terminal and pastes as Markdown. */
import type { CostFailure, CostLine } from './cost.js'
import { header, row, shown, type Titled } from './table.js'

const columns = (lengths: readonly number[]): Titled[] => [
  { title: 'mixer                 ' },
  { title: 'cost       ' },
  ...lengths.map((length) => ({ title: `ms at T=${length}`, digits: 1 })),
  { title: 'exponent', digits: 2 },
  { title: 'at most', digits: 2 },
  { title: 'softmax beside', digits: 2 },
  { title: 'state bytes', digits: 0 },
  { title: 'a token', digits: 0 },
  { title: 'ok ' },
]

export function costHeader(lengths: readonly number[]): string {
  return header(columns(lengths))
}

export function costRow(line: CostLine | CostFailure): string {
  if ('error' in line) return `| ${line.mixer}: ${line.error} |`
  const { mixer, cost, milliseconds, exponent, limit, control, stateBytes, bytesPerToken, asDeclared, ok } = line
  const values = [mixer, cost, ...milliseconds, exponent, limit, control, stateBytes, bytesPerToken]
  const last = ok ? 'yes' : asDeclared ? 'no' : 'no, the state is not as declared'
  const titled = columns(line.lengths)
  return row(
    titled,
    [...values, last].map((value, at) => shown(value, titled[at].digits)),
  )
}
