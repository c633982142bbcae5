/** Score against the setting that makes a task harder. */
import type { Chart, Line } from '../../report/chart.js'
import { formatCompact } from '../../report/format.js'
import type { StudyEntry, StudyReport } from '../types.js'
import { atSize, type Field } from './fields.js'
import { formatScore, scoreAxis } from './metric.js'
import { meanPoints, type Sample, someOf } from './points.js'

export function difficulty(report: StudyReport, field: Field): Chart | undefined {
  const { task, entries } = field
  if (!task.difficulty || entries.every(({ runs }) => runs.every(({ byDifficulty }) => byDifficulty.length === 0)))
    return undefined
  // Of a text, the context, which is a setting of training.
  const [run] = entries.flatMap(({ runs }) => runs)
  const given =
    task.settings[task.difficulty] ?? (run?.spec.training as Record<string, unknown> | undefined)?.[task.difficulty]
  const trained = typeof given === 'number' ? given : Number.NaN
  const lines = entries.map((entry): Line => {
    const series = report.mechanisms.indexOf(entry.mechanism)
    return { series, panel: 0, points: meanPoints(samples(entry, trained)), role: 'measured' }
  })
  const values = lines.flatMap(({ points }) => points.map(({ x }) => x))
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const format = formatScore(task.metric)
  const far = lines.flatMap(({ series, points }) => {
    const end = points[points.length - 1]
    return end ? `${report.mechanisms[series]} ${format(end.y)} at ${formatCompact(end.x)}` : []
  })
  const logarithmic = low > 0 && high >= 8 * low
  return {
    title: `Score against ${task.difficulty}`,
    caption: [
      `Models trained at one ${task.difficulty}${Number.isFinite(trained) ? ` (${formatCompact(trained)}, dashed)` : ''} and tested at several: a level line is a rule that was learned, a falling one a rule that was learned for what was seen.`,
      entries.some(({ runs }) => runs.length > 1) ? 'Bars: 95% intervals over seeds, set side by side to be seen.' : '',
      Number.isFinite(task.chance) ? 'Dotted: chance.' : '',
      atSize(report, field),
    ]
      .filter(Boolean)
      .join(' '),
    description: `At the hardest: ${far.join('; ')}.`,
    x: {
      label: task.difficulty,
      scale: logarithmic ? 'log' : 'linear',
      base: logarithmic ? 2 : undefined,
      domain: logarithmic ? [low / 1.25, high * 1.25] : [low - (high - low) / 20, high + (high - low) / 20],
      ticks: someOf(values),
      format: formatCompact,
    },
    y: scoreAxis(
      task,
      lines.flatMap(({ points }) => points.map(({ y }) => y)),
    ),
    panels: [''],
    lines,
    reference: { x: trained, label: 'trained at' },
    level: { y: task.chance, label: 'chance' },
  }
}

/** A run's scores at all values; its own score stands for the value it was trained at. */
const samples = ({ runs }: StudyEntry, trained: number): Sample[] =>
  runs.flatMap(({ byDifficulty, score }) => {
    const points = byDifficulty.map((point) => ({ x: point.value, value: point.score.mean }))
    const own = Number.isFinite(trained) && points.every(({ x }) => x !== trained)
    return own ? [...points, { x: trained, value: score.mean }] : points
  })
