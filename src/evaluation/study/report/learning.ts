/** Learning curves by tokens, FLOPs and time. */

import type { JobCurvePoint } from '../../jobs/job.js'
import type { Axis, Figure, Line, Plane } from '../../report/chart.js'
import { formatCompact, formatMeasured, superscript } from '../../report/format.js'
import { meanPoint, type Point, thin } from '../../report/series.js'
import type { StudyReport, StudyRun } from '../types.js'
import { atSize, type Field } from './fields.js'
import { formatScore, metricNames, scoreAxis } from './metric.js'

interface Quantity {
  readonly name: string
  readonly of: (point: JobCurvePoint) => number | undefined
  readonly metric: Field['task']['metric']
}

interface Effort {
  readonly label: string
  readonly format: Axis['format']
  readonly of: (point: JobCurvePoint) => number
}

const seedPoints = 40

export function learning(report: StudyReport, field: Field): Figure {
  const quantity = quantityOf(field)
  const planes = efforts(field).map((effort) => plane(report, field, quantity, effort))
  const ends = field.entries.map(({ mechanism, score }) => `${mechanism} ${formatScore(field.task.metric)(score.mean)}`)
  const several = field.entries.some(({ runs }) => runs.length > 1)
  const solved = field.entries.some(({ runs }) => runs.some(({ solvedAt }) => Number.isFinite(solvedAt)))
  const diverged = field.entries.some(({ runs }) => runs.some(({ score }) => !Number.isFinite(score.mean)))
  return {
    title: `${quantity.name} while training`,
    caption: [
      `The same runs against the text read, the arithmetic done and the time taken: left to right, what ${field.task.higherIsBetter ? 'rises' : 'falls'} early is cheap to train.`,
      several ? 'Strong lines: mean over seeds. Faint lines: each seed.' : '',
      several && solved ? 'A run that ended as solved counts on in the mean with its last value.' : '',
      several && diverged ? 'A mean ends where one of its runs diverged.' : '',
      atSize(report, field),
    ]
      .filter(Boolean)
      .join(' '),
    description: `Scores after training: ${ends.join('; ')}.`,
    planes,
  }
}

/** What training takes, in units that make short numbers. */
function efforts({ entries }: Field): Effort[] {
  const points = entries.flatMap(({ runs }) => runs.flatMap(({ curve }) => curve))
  const most = (of: Effort['of']) => Math.max(0, ...points.map(of).filter(Number.isFinite))
  const longest = most(({ seconds }) => seconds)
  const [unit, length] =
    longest < 300 ? (['seconds', 1] as const) : longest < 7200 ? (['minutes', 60] as const) : (['hours', 3600] as const)
  const power = Math.floor(
    Math.log10(
      Math.max(
        1,
        most(({ flops }) => flops),
      ),
    ),
  )
  return [
    { label: 'Tokens', format: formatCompact, of: ({ tokens }) => tokens },
    { label: `FLOPs (10${superscript(power)})`, format: formatMeasured, of: ({ flops }) => flops / 10 ** power },
    { label: `Time (${unit})`, format: formatMeasured, of: ({ seconds }) => seconds / length },
  ]
}

/** What was measured most often: the score on the validation part, else a loss. */
function quantityOf({ task, entries }: Field): Quantity {
  const curves = entries.flatMap(({ runs }) => runs.map(({ curve }) => curve))
  const measured = (of: Quantity['of']) =>
    curves.some((curve) => curve.filter((point) => Number.isFinite(of(point))).length > 1)
  if (measured(({ score }) => score))
    return { name: `${metricNames[task.metric]} on validation`, of: ({ score }) => score, metric: task.metric }
  if (measured(({ validLoss }) => validLoss))
    return { name: 'Validation loss', of: ({ validLoss }) => validLoss, metric: 'loss' }
  return { name: 'Training loss', of: ({ trainLoss }) => trainLoss, metric: 'loss' }
}

function plane(
  report: StudyReport,
  { task, entries }: Field,
  { name, of, metric }: Quantity,
  { label, format, of: place }: Effort,
): Plane {
  const lines = entries.flatMap(({ mechanism, runs }): Line[] => {
    const series = report.mechanisms.indexOf(mechanism)
    const curves = runs.map((run) => ({ run, points: pointsOf(run, of, place) }))
    const faint = curves.map(({ points }): Line => {
      const { points: thinned } = thin(points, meanPoint, seedPoints)
      return { series, panel: 0, points: thinned, role: 'seed' }
    })
    const mean: Line = { series, panel: 0, points: thin(meanCurve(curves), meanPoint).points, role: 'measured' }
    return runs.length > 1 ? [...faint, mean] : [mean]
  })
  const points = lines.flatMap(({ points }) => points)
  const end = Math.max(...points.map(({ x }) => x), 0)
  // An untrained model's loss is several times a trained one's; differences at the end would not be seen beside it.
  const late = points.filter(({ x }) => x >= end / 10).map(({ y }) => y)
  const level = metric === task.metric && Number.isFinite(task.chance) ? { y: task.chance, label: 'chance' } : undefined
  return {
    x: { label, scale: 'linear', domain: [0, end], ticks: 3, format },
    y: scoreAxis({ metric }, late, name),
    panels: [''],
    lines,
    level,
  }
}

interface StepPoint extends Point {
  step: number
}

const pointsOf = (
  { curve }: StudyRun,
  of: (point: JobCurvePoint) => number | undefined,
  place: (point: JobCurvePoint) => number,
): StepPoint[] =>
  curve
    .map((point) => ({ step: point.step, x: place(point), y: of(point) ?? Number.NaN }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))

/**
 * The mean over runs at each step that all of them reached. A run that ended early because it had solved its task goes
 * on at its pace with its last value; one that diverged ends the mean.
 */
export function meanCurve(
  curves: readonly { run: Pick<StudyRun, 'solvedAt'>; points: readonly StepPoint[] }[],
): Point[] {
  const steps = [...new Set(curves.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b)
  return steps.flatMap((step): Point[] => {
    const at = curves.flatMap(({ run, points }) => {
      const last = points[points.length - 1]
      if (last && step > last.step && Number.isFinite(run.solvedAt))
        return [{ x: (last.x * step) / last.step, y: last.y }]
      return points.find((point) => point.step === step) ?? []
    })
    if (at.length < curves.length || at.length === 0) return []
    return [meanPoint(at)]
  })
}
