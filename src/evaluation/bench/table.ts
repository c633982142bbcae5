/** Lines of cases as rows of a table that reads well in a terminal and pastes as Markdown. */
import type { BenchLine } from './figures.js'

export interface Titled {
  readonly title: string
  /** After the point, in columns of numbers. */
  readonly digits?: number
}

interface Column extends Titled {
  readonly key: string
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
  return header([...columns, { title: 'also' }])
}

/** A line of a case; what the case alone reports stands in the last column. */
export function tableRow(line: BenchLine): string {
  const extras = Object.entries(line).filter(([key]) => !columns.some((column) => column.key === key))
  const cells = columns.map(({ key, digits }) => shown(line[key], digits))
  return row([...columns, { title: '' }], [...cells, extras.map(([key, value]) => `${key} ${value}`).join(', ')])
}

/** Titles and the rule below them; a column with `digits` is of numbers. */
export function header(of: readonly Titled[]): string {
  const rule = of.map(({ title, digits }) => (digits === undefined ? '' : ':').padStart(title.length, '-'))
  const titles = of.map(({ title }) => title)
  return `${row(of, titles)}\n${row(of, rule)}`
}

/** Texts as cells, numbers to the right, each as wide as its column's title. */
export function row(of: readonly Titled[], texts: readonly string[]): string {
  const cells = of.map(({ title: { length }, digits }, at) =>
    digits === undefined ? texts[at].padEnd(length) : texts[at].padStart(length),
  )
  return `| ${cells.join(' | ')} |`
}

export function shown(value: BenchLine[string], digits: number | undefined): string {
  return typeof value === 'number' ? value.toFixed(digits) : `${value ?? '–'}`
}
