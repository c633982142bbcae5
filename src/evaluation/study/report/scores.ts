/** All scores of a study at a glance: a row for each mechanism, a plane for each task. */
import type { Axis, Figure, Line, Plane } from '../../report/chart.js'
import { formatList } from '../../report/format.js'
import type { StudyReport } from '../types.js'
import { type Field, fieldsOf, largestField } from './fields.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'
import { standings } from './standing.js'

const rowHeight = 27

export function allScores(report: StudyReport): Figure {
  const fields = report.tasks.flatMap((task) => largestField(report, task) ?? [])
  const several = report.tasks.some((task) => fieldsOf(report, task).length > 1)
  const described = fields.map((field) => {
    const format = formatScore(field.task.metric)
    const scores = standings(report, field).map(({ entry }) => `${entry.mechanism} ${format(entry.score.mean)}`)
    return `${field.task.title}: ${formatList(scores)}.`
  })
  return {
    title: 'All scores',
    caption: [
      'Mean over seeds with its 95% interval; small dots are the seeds, and the dashed line is chance.',
      'The best mean is on top. Two intervals may overlap although the paired difference excludes 0: the words and the table go by the latter.',
      several ? 'Of several sizes, the largest.' : '',
    ]
      .filter(Boolean)
      .join(' '),
    description: described.join(' '),
    planes: fields.map((field) => plane(report, field)),
  }
}

function plane(report: StudyReport, field: Field): Plane {
  const { task } = field
  const order = standings(report, field)
  const lines = order.flatMap(({ entry, series }, row): Line[] => {
    const { mean, low, high } = entry.score
    const seeds = entry.runs.map(({ score }) => ({ x: score.mean, y: row })).filter(({ x }) => Number.isFinite(x))
    return [
      { series, panel: 0, points: seeds.length > 1 ? seeds : [], role: 'dots' },
      {
        series,
        panel: 0,
        points: Number.isFinite(mean) ? [{ x: mean, y: row, left: low, right: high }] : [],
        role: 'points',
      },
    ]
  })
  const x: Axis = scoreAxis(
    task,
    order.flatMap(({ entry: { score } }) => [score.mean, score.low, score.high]),
  )
  const rows = order.map(({ entry: { mechanism, score } }) =>
    Number.isFinite(score.mean) ? mechanism : `${mechanism} (diverged)`,
  )
  return {
    x: { ...x, label: `${metricNames[task.metric]}${task.higherIsBetter ? '' : ' (less is better)'}` },
    y: {
      label: task.title,
      scale: 'linear',
      domain: [rows.length - 0.5, -0.5],
      ticks: rows.map((_, row) => row),
      format: (row) => rows[row] ?? '',
      rows,
    },
    panels: [''],
    lines,
    reference: { x: task.chance, label: 'chance' },
    height: rowHeight * rows.length,
  }
}
