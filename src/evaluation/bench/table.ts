/** Lines of cases as rows of a table that reads well in a terminal and pastes as Markdown. */
import type { BenchLine } from './figures.js'

interface Column {
  readonly key: string
  readonly title: string
  readonly digits?: number
}

const columns: readonly Column[] = [
  { key: 'case', title: 'case      ' },
  { key: 'threads', title: 'threads', digits: 0 },
  { key: 'msPerStep', title: 'ms a step', digits: 2 },
  { key: 'torchMsPerStep', title: 'PyTorch ms', digits: 2 },
  { key: 'ratio', title: 'time ratio', digits: 2 },
  { key: 'tokensPerSecond', title: 'tokens/s', digits: 0 },
  { key: 'peakRssMiB', title: 'peak MiB', digits: 0 },
  { key: 'torchPeakRssMiB', title: 'PyTorch MiB', digits: 0 },
  { key: 'memoryRatio', title: 'memory ratio', digits: 2 },
]

export function tableHeader(): string {
  const rule = columns.map(({ title, digits }) => (digits === undefined ? '' : ':').padStart(title.length, '-'))
  return `${row((column) => column.title, 'also')}\n${row((_, at) => rule[at], '----')}`
}

/** A line of a case; what the case alone reports stands in the last column. */
export function tableRow(line: BenchLine): string {
  const extras = Object.entries(line).filter(([key]) => !columns.some((column) => column.key === key))
  return row(({ key, digits }) => shown(line[key], digits), extras.map(([key, value]) => `${key} ${value}`).join(', '))
}

function row(cell: (column: Column, at: number) => string, last: string): string {
  const cells = columns.map((column, at) => {
    const { length } = column.title
    return column.digits === undefined ? cell(column, at).padEnd(length) : cell(column, at).padStart(length)
  })
  return `| ${cells.join(' | ')} | ${last} |`
}

function shown(value: BenchLine[string], digits: number | undefined): string {
  return typeof value === 'number' ? value.toFixed(digits) : `${value ?? '–'}`
}
