import type { Axis, Chart, Line } from './chart.js'
import { formatCompact, formatLoss, formatMeasured, superscript } from './format.js'
import { meanPoint, thin } from './series.js'
import type { ComparisonReport, CurvePoint } from './types.js'

/** Validation and training loss against what was spent. */
export const lossBySteps = (report: ComparisonReport) =>
  lossChart(report, {
    against: 'training steps',
    caption: 'On the validation split, and on the batches trained on; both panels have one loss axis.',
    place: (point) => point.step,
    axis: { label: 'Training step', format: formatCompact },
  })

export const lossByTokens = (report: ComparisonReport) =>
  lossChart(report, {
    against: 'training tokens',
    caption: 'The same losses by how much text each model had read.',
    place: (point) => point.tokens,
    axis: { label: 'Tokens trained on', format: formatCompact },
  })

export function lossByTime(report: ComparisonReport): Chart {
  const longest = Math.max(...report.models.flatMap(({ curve }) => curve.map(({ seconds }) => seconds)))
  const [unit, seconds] =
    longest < 120 ? (['seconds', 1] as const) : longest < 7200 ? (['minutes', 60] as const) : (['hours', 3600] as const)
  return lossChart(report, {
    against: 'training time',
    caption: 'The same losses by the time spent: here a mechanism that is slower per token falls later.',
    place: (point) => point.seconds / seconds,
    axis: { label: `Time of training (${unit})`, format: formatMeasured },
  })
}

export function lossByFlops(report: ComparisonReport): Chart {
  const most = Math.max(1, ...report.models.flatMap(({ curve }) => curve.map(({ flops }) => flops ?? 1)))
  const power = Math.floor(Math.log10(most))
  return lossChart(report, {
    against: 'training FLOPs',
    caption: 'The same losses by the arithmetic done: what falls early is cheap to train, whatever the machine.',
    place: ({ flops }) => (flops ?? Number.NaN) / 10 ** power,
    axis: { label: `FLOPs of training (10${superscript(power)})`, format: formatMeasured },
  })
}

interface Abscissa {
  against: string
  caption: string
  place: (point: CurvePoint) => number
  axis: Pick<Axis, 'label' | 'format'>
}

function lossChart({ models }: ComparisonReport, { against, caption, place, axis }: Abscissa): Chart {
  const line = (loss: (point: CurvePoint) => number) =>
    models.map(({ curve }) =>
      thin(
        curve.map((point) => ({ x: place(point), y: loss(point) })),
        meanPoint,
      ),
    )
  const validation = line((point) => point.validLoss ?? Number.NaN)
  const training = line((point) => point.trainLoss)
  const block = Math.max(...training.map((line) => line.block))
  const { domain, cut } = lossDomain(models.map(({ curve }) => curve))
  const lines = [validation, training].flatMap((all, panel) =>
    all.map(({ points }, series): Line => ({ series, panel, points, role: 'measured' })),
  )
  const notes = [
    caption,
    block > 1 ? `Each point of the training loss is the mean of ${block} logged values.` : '',
    cut ? `The first steps lie above the axis, which ends at ${domain[1].toFixed(2)}.` : '',
  ]
  const ends = models.map(
    ({ model, validLoss, trainLoss }) =>
      `${model}, validation ${formatLoss(validLoss)}, training ${formatLoss(trainLoss)}`,
  )
  return {
    title: `Loss against ${against}`,
    caption: notes.filter(Boolean).join(' '),
    description: `Loss at the end of training: ${ends.join('; ')}.`,
    x: {
      ...axis,
      scale: 'linear',
      domain: [0, Math.max(...lines.flatMap(({ points }) => points.map(({ x }) => x)), 0)],
    },
    y: { label: 'Loss (nats per token)', scale: 'linear', domain, ticks: 6, format: (loss) => loss.toFixed(2) },
    panels: ['Validation', 'Training'],
    lines,
  }
}

/**
 * The range of losses after the first tenth of training. An untrained model's loss is several times a trained one's: on
 * an axis that holds it, differences between trained models would not be seen.
 */
function lossDomain(curves: CurvePoint[][]): { domain: [number, number]; cut: boolean } {
  const losses = (points: CurvePoint[]) =>
    points.flatMap(({ trainLoss, validLoss }) => [trainLoss, validLoss ?? Number.NaN]).filter(Number.isFinite)
  const all = losses(curves.flat())
  const later = losses(curves.flatMap((curve) => curve.filter(({ step }) => step >= curve[curve.length - 1].step / 10)))
  if (all.length === 0) return { domain: [0, 1], cut: false }
  const low = Math.min(...all)
  const high = Math.max(...later, low)
  const room = Math.max((high - low) / 20, 0.01)
  return { domain: [Math.max(0, low - room), high + room], cut: Math.max(...all) > high + room }
}
