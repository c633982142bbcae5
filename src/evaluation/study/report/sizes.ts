/** Score against size, of a study with several. */
import type { Chart, Line } from '../../report/chart.js'
import { formatCompact } from '../../report/format.js'
import type { StudiedTask, StudyEntry, StudyReport } from '../types.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'
import { someOf } from './points.js'

export function scoreBySize(report: StudyReport, task: StudiedTask): Chart | undefined {
  const entries = report.entries.filter((entry) => entry.task === task.key)
  const varied = variedSettings(entries)
  if (varied.length === 0) return undefined
  // Several settings that change together have one number in common: the parameters.
  const [label, place] =
    varied.length === 1
      ? [varied[0], ({ size }: StudyEntry) => size[varied[0]]]
      : ['Parameters', ({ params }: StudyEntry) => params]
  const lines = report.mechanisms.map((mechanism, series): Line => {
    const points = entries
      .filter((entry) => entry.mechanism === mechanism && Number.isFinite(entry.score.mean))
      .map((entry) => ({ x: place(entry), y: entry.score.mean, low: entry.score.low, high: entry.score.high }))
      .sort((a, b) => a.x - b.x)
    return { series, panel: 0, points, role: 'measured' }
  })
  const places = entries.map(place)
  const [low, high] = [Math.min(...places), Math.max(...places)]
  const format = formatScore(task.metric)
  const told = lines.flatMap(({ series, points }) =>
    points.length > 0
      ? `${report.mechanisms[series]} ${points.map(({ x, y }) => `${format(y)} at ${formatCompact(x)}`).join(', ')}`
      : [],
  )
  return {
    title: `Score against ${label === 'Parameters' ? 'parameters' : label}`,
    caption:
      'What a larger model buys each mechanism, each size tuned on its own. Bars: 95% intervals over seeds, set side by side to be seen.',
    description: `${told.join('; ')}.`,
    x: {
      label,
      scale: 'log',
      base: 2,
      domain: [low / 1.25, high * 1.25],
      ticks: label === 'Parameters' ? 4 : someOf(places),
      format: formatCompact,
    },
    y: scoreAxis(
      task,
      entries.flatMap(({ score }) => [score.mean]),
      metricNames[task.metric],
    ),
    panels: [''],
    lines,
    level: { y: task.chance, label: 'chance' },
  }
}

function variedSettings(entries: readonly StudyEntry[]): string[] {
  const names = [...new Set(entries.flatMap(({ size }) => Object.keys(size)))]
  return names.filter((name) => new Set(entries.map(({ size }) => size[name])).size > 1)
}
