/** Loss at each position of an example. */
import { positionAxis } from '../../report/axes.js'
import type { Chart, Line } from '../../report/chart.js'
import { formatCompact } from '../../report/format.js'
import { meanPoint, type Point, thin } from '../../report/series.js'
import type { StudyReport } from '../types.js'
import { atSize, type Field } from './fields.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'
import { meanPoints } from './points.js'

export function lossByPosition(report: StudyReport, field: Field): Chart | undefined {
  const { task, entries } = field
  const metric = task.metric === 'squaredError' ? 'squaredError' : 'loss'
  const lines = entries.map(({ mechanism, runs }): Line => {
    const samples = runs.flatMap(({ byPosition }) =>
      byPosition.map(({ position, loss }) => ({ x: position + 1, value: loss })),
    )
    const means = meanPoints(samples).map(({ x, y }): Point => ({ x, y }))
    return {
      series: report.mechanisms.indexOf(mechanism),
      panel: 0,
      points: thin(means, meanPoint).points,
      role: 'measured',
    }
  })
  const places = lines.flatMap(({ points }) => points.map(({ x }) => x))
  if (new Set(places).size < 2) return undefined
  const trained = trainingLength(field)
  const format = formatScore(metric)
  const ends = lines.flatMap(({ series, points }) => {
    if (points.length === 0) return []
    const [first, last] = [points[0], points[points.length - 1]]
    return `${report.mechanisms[series]} from ${format(first.y)} at ${formatCompact(first.x)} to ${format(last.y)} at ${formatCompact(last.x)}`
  })
  const beyond = trained !== undefined && Math.max(...places) > trained
  const wide = Math.max(...places) >= 8 * Math.min(...places)
  const axis = wide
    ? positionAxis(places, formatCompact)
    : {
        scale: 'linear' as const,
        domain: [Math.min(...places), Math.max(...places)] as [number, number],
        format: formatCompact,
      }
  return {
    title: 'Loss by position',
    caption: [
      'Mean over examples and seeds at each position where something is asked. A falling line uses what came before;',
      beyond
        ? 'one that rises past the training length (dashed) does not go on with what it learned.'
        : 'a level one does not.',
      atSize(report, field),
    ]
      .filter(Boolean)
      .join(' '),
    description: `${ends.join('; ')}.`,
    x: { label: 'Position', ...axis },
    y: scoreAxis(
      { metric },
      lines.flatMap(({ points }) => points.map(({ y }) => y)),
      metric === 'loss' ? 'Loss in nats' : metricNames[metric],
    ),
    panels: [''],
    lines,
    ...(beyond && { reference: { x: trained, label: 'trained to' } }),
  }
}

/** Positions that models were trained at, where the study tells: the context, or the length of the task's examples. */
function trainingLength({ task, entries }: Field): number | undefined {
  const { context } =
    entries.flatMap(({ runs }) => runs.map(({ spec }) => spec.training as { context?: unknown }))[0] ?? {}
  return [context, task.settings.context, task.settings.length].find(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  )
}
