import type { StudiedTask, StudyReport } from '../types.js'

/** The report with tasks of one title told apart by the settings that they were chosen with. */
export function withTitles(report: StudyReport): StudyReport {
  const repeated = ({ title }: StudiedTask) => report.tasks.filter((task) => task.title === title).length > 1
  return { ...report, tasks: report.tasks.map((task) => (repeated(task) ? { ...task, title: longTitle(task) } : task)) }
}

/** mqar:length=64:pairs=4 gives "…, length 64, pairs 4". */
const longTitle = ({ title, key }: StudiedTask) =>
  [
    title,
    ...key
      .split(':')
      .slice(1)
      .map((setting) => setting.replace('=', ' ')),
  ].join(', ')
