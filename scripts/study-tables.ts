/** What docs/studies.md takes from the stored reports in studies/. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StudyEntry, StudyReport } from '#seqlab/evaluation/study/types.js'
import { markdownTable } from './markdown.js'

/** The results of a study: a table a task, with a column for each difficulty that was tested. */
export async function studyTables(root: string, name: string): Promise<string> {
  const report: StudyReport = JSON.parse(await readFile(join(root, 'studies', name, 'report.json'), 'utf8'))
  const tables = report.tasks.map(({ key, higherIsBetter, difficulty }) => {
    const entries = report.entries.filter(({ task }) => task === key)
    const sorted = entries.sort((a, b) => (higherIsBetter ? b.score.mean - a.score.mean : a.score.mean - b.score.mean))
    const tested = entries[0]?.runs[0]?.byDifficulty.map(({ value }) => value) ?? []
    const header = ['Mechanism', 'Parameters', 'State', 'Rate', 'Score', '95 % interval', 'Seeds']
    const columns = tested.map((value) => `${difficulty} ${value}`)
    return `\`${key}\`\n\n${markdownTable([
      [...header, ...columns],
      ['---', ...[...header, ...columns].slice(1).map(() => '---:')],
      ...sorted.map((entry) => rowOf(entry, tested)),
    ])}`
  })
  return `\`${report.command}\`\n\n${tables.join('\n\n')}`
}

function rowOf({ mechanism, params, stateBytes, rate, score, runs }: StudyEntry, tested: readonly number[]): string[] {
  const figure = (value: number | null) => (value === null ? '–' : value.toFixed(3))
  const at = (value: number) => {
    const scores = runs.map(({ byDifficulty }) => byDifficulty.find((point) => point.value === value)?.score.mean ?? 0)
    return figure(scores.reduce((a, b) => a + b, 0) / scores.length)
  }
  return [
    mechanism,
    params.toLocaleString('en'),
    stateBytes >= 1024 ? `${(stateBytes / 1024).toFixed(1)} KiB` : `${stateBytes} B`,
    `${rate}`,
    figure(score.mean),
    `${figure(score.low)} … ${figure(score.high)}`,
    runs.map((run) => figure(run.score.mean)).join(', '),
    ...tested.map(at),
  ]
}
