/** Lines of cases as rows of a table that reads well in a terminal and pastes as Markdown. */
import type { BenchLine } from './figures.js'

interface Column {
  readonly title: string
  readonly width: number
  cell(line: BenchLine): string
}

const number = (key: keyof BenchLine, title: string, digits: number): Column => ({
  title,
  width: Math.max(title.length, 8),
  cell: (line) => (typeof line[key] === 'number' ? line[key].toFixed(digits) : '–'),
})

const columns: readonly Column[] = [
  { title: 'case', width: 11, cell: (line) => line.case },
  number('threads', 'threads', 0),
  number('msPerStep', 'ms/step', 2),
  number('torchMsPerStep', 'PyTorch', 2),
  number('ratio', 'ratio', 2),
  number('tokensPerSecond', 'tokens/s', 0),
  number('peakRssMiB', 'peak MiB', 0),
  number('torchPeakRssMiB', 'PyTorch', 0),
  number('memoryRatio', 'ratio', 2),
]

/** Each column of a line but those of its own has a name here. */
const common = new Set<string>([
  'case',
  'threads',
  'msPerStep',
  'torchMsPerStep',
  'ratio',
  'tokensPerSecond',
  'peakRssMiB',
  'torchPeakRssMiB',
  'memoryRatio',
])

const row = (cells: readonly string[], last: string) => `| ${cells.map(padded).join(' | ')} | ${last} |`

/** Words to the left, numbers to the right. */
function padded(text: string, at: number): string {
  return at === 0 ? text.padEnd(columns[at].width) : text.padStart(columns[at].width)
}

export function tableHeader(): string {
  const rule = columns.map(({ width }, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return `${row(
    columns.map(({ title }) => title),
    'also',
  )}\n${row(rule, '---')}`
}

export function tableRow(line: BenchLine): string {
  const extras = Object.entries(line).filter(([key]) => !common.has(key))
  return row(
    columns.map(({ cell }) => cell(line)),
    extras.map(([key, value]) => `${key} ${value}`).join(', '),
  )
}
