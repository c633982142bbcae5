/** Score against learning rate: what the search saw. */
import type { Chart, Line } from '../../report/chart.js'
import { formatMeasured } from '../../report/format.js'
import type { StudyReport } from '../types.js'
import { atSize, type Field } from './fields.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'
import { meanPoints, someOf } from './points.js'

export function rateSearch(report: StudyReport, field: Field): Chart | undefined {
  const { task, entries } = field
  const rates = entries.flatMap(({ tried }) => tried.map(({ rate }) => rate))
  if (new Set(rates).size < 2) return undefined
  const lines = entries.flatMap(({ mechanism, tried, rate }): Line[] => {
    const series = report.mechanisms.indexOf(mechanism)
    const samples = tried.map((one) => ({ x: one.rate, value: one.score }))
    // Intervals of two or three seeds would hide the picture; the seeds themselves show the spread.
    const means = meanPoints(samples).map(({ x, y }) => ({ x, y }))
    const finite = samples.filter(({ value }) => Number.isFinite(value)).map(({ x, value }) => ({ x, y: value }))
    return [
      { series, panel: 0, points: finite.length > means.length ? finite : [], role: 'dots' },
      { series, panel: 0, points: means, role: 'measured' },
      { series, panel: 0, points: means.filter(({ x }) => x === rate), role: 'chosen' },
    ]
  })
  const chosen = entries.map(({ mechanism, rate }) => `${mechanism} ${formatMeasured(rate)}`)
  const [low, high] = [Math.min(...rates), Math.max(...rates)]
  return {
    title: 'The search for the learning rate',
    caption: [
      'Everyone was tried at the same rates; filled: the rate chosen, at which the runs of all other figures were made.',
      'A peak inside the range says that the search was wide enough; a score is missing where training diverged.',
      report.search.seeds.length > 1 ? 'Dots: seeds.' : '',
      atSize(report, field),
    ]
      .filter(Boolean)
      .join(' '),
    description: `Chosen: ${chosen.join('; ')}. Best scores in the search: ${entries
      .map(
        ({ mechanism, tried }) =>
          `${mechanism} ${formatScore(task.metric)(
            bestOf(
              tried.map(({ score }) => score),
              task.higherIsBetter,
            ),
          )}`,
      )
      .join('; ')}.`,
    x: {
      label: 'Learning rate',
      scale: 'log',
      domain: [low / 1.2, high * 1.2],
      ticks: someOf(rates),
      format: formatMeasured,
    },
    y: scoreAxis(
      task,
      lines.flatMap(({ points }) => points.map(({ y }) => y)),
      `${metricNames[task.metric]} in the search`,
    ),
    panels: [''],
    lines,
    level: { y: task.chance, label: 'chance' },
  }
}

const bestOf = (scores: readonly number[], higherIsBetter: boolean) => {
  const finite = scores.filter(Number.isFinite)
  return finite.length > 0 ? (higherIsBetter ? Math.max : Math.min)(...finite) : Number.NaN
}
