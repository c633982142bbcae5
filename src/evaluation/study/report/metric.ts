/** How the scores of a task are named, written and drawn. */
import { logTicks } from '../../report/axes.js'
import type { Axis } from '../../report/chart.js'
import { formatMeasured } from '../../report/format.js'
import type { StudiedTask } from '../types.js'

type Metric = StudiedTask['metric']

export const metricNames: Record<Metric, string> = {
  accuracy: 'Accuracy',
  exact: 'Share of exact answers',
  squaredError: 'Squared error',
  loss: 'Loss in nats',
}

/** Scores from 0 to 1, which all are drawn on the same axis. */
export const isShare = (metric: Metric) => metric === 'accuracy' || metric === 'exact'

/** Three decimals, or three digits of a squared error; two digits of what is closer to 0, to tell it from none. */
export const formatScore = (metric: Metric) => (value: number) => {
  if (!Number.isFinite(value)) return '–'
  if (value !== 0 && Math.abs(value) < 0.001) return minus(value.toPrecision(2))
  return minus(metric === 'squaredError' ? formatMeasured(value) : value.toFixed(3))
}

const minus = (text: string) => text.replace(/^-/, '−')

/** An axis for scores of a task: shares from 0 to 1, others about the values, logarithmic where these lie far apart. */
export function scoreAxis({ metric }: Pick<StudiedTask, 'metric'>, values: readonly number[], label?: string): Axis {
  const name = label ?? metricNames[metric]
  if (isShare(metric)) {
    const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    return { label: name, scale: 'linear', domain: [-0.02, 1.03], ticks, format: (share) => share.toFixed(1) }
  }
  const finite = values.filter(Number.isFinite)
  const [low, high] = finite.length > 0 ? [Math.min(...finite), Math.max(...finite)] : [0, 1]
  if (low > 0 && high > 30 * low)
    return {
      label: name,
      scale: 'log',
      domain: [low / 1.3, high * 1.3],
      ticks: logTicks(low / 1.3, high * 1.3),
      // Ticks are single digits times powers of ten; with more zeros they would not fit beside the axis.
      format: (value) => (value < 1e-4 ? value.toExponential(0) : formatMeasured(value)),
    }
  const room = Math.max((high - low) / 12, Math.abs(high) / 100, 1e-6)
  const floor = low >= 0 ? Math.max(0, low - room) : low - room
  return { label: name, scale: 'linear', domain: [floor, high + room], ticks: 5, format: formatMeasured }
}
