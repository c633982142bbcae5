/** The figures of a study that have data. */
import { type Chart, type Figure, figureOf, hasData } from '../../report/chart.js'
import type { PlacedFigure } from '../../report/figureMarkup.js'
import type { StudiedTask, StudyReport } from '../types.js'
import { difficulty } from './difficulty.js'
import { largestField } from './fields.js'
import { generation } from './generation.js'
import { learning } from './learning.js'
import { lossByPosition } from './position.js'
import { rateSearch } from './rates.js'
import { allScores } from './scores.js'
import { scoreBySize } from './sizes.js'
import { stateQuality } from './state.js'

const wholeWidth = 1000
const halfWidth = 490

export const overviewFigures = (report: StudyReport): PlacedFigure[] =>
  placed([{ id: 'scores', figure: allScores(report), width: report.tasks.length > 1 ? wholeWidth : halfWidth }])

export function taskFigures(report: StudyReport, task: StudiedTask): PlacedFigure[] {
  const field = largestField(report, task)
  if (!field) return []
  const name = taskNames(report).get(task.key)
  const half = (id: string, chart: Chart | undefined) => ({
    id: `${name}-${id}`,
    figure: chart && figureOf(chart),
    width: halfWidth,
  })
  const whole = (id: string, figure: Figure | undefined) => ({ id: `${name}-${id}`, figure, width: wholeWidth })
  return placed([
    whole('learning', learning(report, field)),
    half('difficulty', difficulty(report, field)),
    half('size', scoreBySize(report, task)),
    half('state', stateQuality(report, task)),
    half('position', lossByPosition(report, field)),
    half('rates', rateSearch(report, field)),
    whole('generation', generation(report, field)),
  ])
}

const placed = (figures: { id: string; figure: Figure | undefined; width: number }[]): PlacedFigure[] =>
  figures.flatMap(({ id, figure, width }) => (figure && hasData(figure) ? [{ id, figure, width }] : []))

/** A name for each task that files and anchors can carry, by its key. */
export function taskNames({ tasks }: StudyReport): Map<string, string> {
  const names = new Map<string, string>()
  for (const { key } of tasks) {
    const name =
      key
        .toLowerCase()
        .replace(/[^a-z0-9.]+/g, '-')
        .replace(/^[-.]+|[-.]+$/g, '') || 'task'
    const taken = [...names.values()]
    let free = name
    for (let i = 2; taken.includes(free); i++) free = `${name}-${i}`
    names.set(key, free)
  }
  return names
}
