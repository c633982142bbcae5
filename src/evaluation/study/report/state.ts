/** Quality against the bytes that generation carries, with the Pareto front. */
import { bytesAxis } from '../../report/axes.js'
import type { Chart, Line } from '../../report/chart.js'
import { formatBytes } from '../../report/format.js'
import type { Point } from '../../report/series.js'
import type { StudiedTask, StudyEntry, StudyReport } from '../types.js'
import { sizeText } from './fields.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'
import { paretoFront } from './pareto.js'

export function stateQuality(report: StudyReport, task: StudiedTask): Chart | undefined {
  // A logarithmic axis has no place for models without a state.
  const entries = report.entries.filter(
    (entry) => entry.task === task.key && entry.stateBytes > 0 && Number.isFinite(entry.score.mean),
  )
  if (entries.length < 2) return undefined
  const sign = task.higherIsBetter ? 1 : -1
  const front = paretoFront(
    entries.map((entry) => ({ entry, cost: entry.stateBytes, quality: sign * entry.score.mean })),
  )
  const bytes = bytesAxis(entries.map(({ stateBytes }) => stateBytes))
  const axis = scoreAxis(
    task,
    entries.flatMap(({ score }) => [score.mean, score.low, score.high]),
  )
  const lines = report.mechanisms.flatMap((mechanism, series): Line[] => {
    const own = entries.filter((entry) => entry.mechanism === mechanism)
    const points = own.map(pointOf).sort((a, b) => a.x - b.x)
    return [
      { series, panel: 0, points: points.length > 1 ? points : [], role: 'seed' },
      { series, panel: 0, points, role: 'points' },
    ]
  })
  const several = new Set(entries.map(({ size }) => sizeText(size))).size > 1
  const told = entries.map((entry) => {
    const size = several ? ` (${sizeText(entry.size)})` : ''
    const place = front.some((one) => one.entry === entry) ? ', on the front' : ''
    return `${entry.mechanism}${size} ${formatScore(task.metric)(entry.score.mean)} in ${formatBytes(entry.stateBytes)}${place}`
  })
  return {
    title: `${metricNames[task.metric]} against bytes of state`,
    caption: [
      `What memory buys: the state carried from token to token at the task’s length. The ${task.higherIsBetter ? 'upper' : 'lower'} left is best; on the grey steps, the Pareto front, lie the means that no other model beats with as little state.`,
      'Bars: 95% intervals over seeds, which the front leaves aside.',
      several ? 'Faint lines join the sizes of a mechanism.' : '',
    ]
      .filter(Boolean)
      .join(' '),
    description: `${told.join('; ')}.`,
    x: {
      label: 'Bytes of state',
      ...bytes,
      ticks: Array.isArray(bytes.ticks)
        ? bytes.ticks.filter((_, i, all) => i % Math.ceil(all.length / 5) === 0)
        : bytes.ticks,
    },
    y: axis,
    panels: [''],
    lines: [
      {
        series: 0,
        panel: 0,
        points: steps(
          front.map(({ entry }) => pointOf(entry)),
          bytes.domain,
        ),
        role: 'front',
      },
      ...lines,
    ],
    level: { y: task.chance, label: 'chance' },
  }
}

const pointOf = ({ stateBytes, score }: StudyEntry): Point => ({
  x: stateBytes,
  y: score.mean,
  low: score.low,
  high: score.high,
})

/** The front reaches on to the right: what it offers, more memory offers too. */
const steps = (front: Point[], [, end] = [0, 0]): Point[] => {
  const last = front[front.length - 1]
  return last ? [...front, { x: end, y: last.y }] : []
}
