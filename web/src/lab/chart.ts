/** Curves as one drawing. The library that draws is loaded when there is something to draw. */
import type { MetricsEntry } from 'seqlab/training'
import type { RunView } from '../runs/runs.js'

export const axes = { step: 'steps', seconds: 'seconds of training', flops: 'training FLOPs' } as const
export type Axis = keyof typeof axes

/** How a run is drawn: a colour, and a dash for those who cannot tell the colours apart. */
export const dashes = ['', '6 3', '2 3', '10 3 2 3', '12 4', '2 2 6 2', '1 4', '8 2 2 2 2 2'] as const
export const lookOf = (index: number) => ({ stroke: `var(--run-${index % 8})`, dash: dashes[index % 8] })

export interface Point {
  readonly x: number
  readonly y: number
}

/** Discount of the running mean that makes the training loss of single batches readable. */
const smoothing = 0.9

export function trainingPoints({ curve, ...run }: RunView, axis: Axis): Point[] {
  let mean: number | undefined
  return pointsOf(curve, run, axis, ({ loss }) => {
    if (typeof loss !== 'number') return undefined
    mean = mean === undefined ? loss : smoothing * mean + (1 - smoothing) * loss
    return mean
  })
}

/** With the measurement on the whole validation part at the end. */
export function validationPoints({ curve, ...run }: RunView, axis: Axis): Point[] {
  const last = curve.at(-1)
  const end = run.result && last ? [{ ...last, validLoss: run.result.validLoss }] : []
  const before = end.length > 0 ? curve.slice(0, -1) : curve
  return pointsOf([...before, ...end], run, axis, ({ validLoss }) => validLoss)
}

function pointsOf(
  curve: readonly MetricsEntry[],
  { flopsPerStep }: Pick<RunView, 'flopsPerStep'>,
  axis: Axis,
  read: (entry: MetricsEntry) => unknown,
): Point[] {
  if (axis === 'flops' && flopsPerStep === undefined) return []
  return curve.flatMap((entry) => {
    const y = read(entry)
    const x = axis === 'flops' ? entry.step * flopsPerStep! : Number(entry[axis])
    return typeof y === 'number' ? [{ x, y }] : []
  })
}

export interface Drawn {
  readonly look: ReturnType<typeof lookOf>
  readonly points: readonly Point[]
}

export async function draw(
  lines: readonly Drawn[],
  { axis, log, width, dots }: { axis: Axis; log: boolean; width: number; dots: boolean },
): Promise<Element> {
  const Plot = await import('@observablehq/plot')
  return Plot.plot({
    width,
    height: Math.round(Math.min(320, Math.max(220, width * 0.6))),
    marginLeft: 44,
    marginBottom: 36,
    style: { background: 'transparent', color: 'var(--text)', fontSize: '12px' },
    x: { label: axes[axis], nice: true, tickFormat: '~s', ticks: Math.max(3, width / 90) },
    y: { label: 'loss', grid: true, type: log ? 'log' : 'linear', ...(log && { tickFormat: '~g', ticks: 5 }) },
    marks: lines.flatMap(({ look: { stroke, dash }, points }) => [
      Plot.line(points, { x: 'x', y: 'y', stroke, strokeWidth: 2, strokeDasharray: dash }),
      ...(dots ? [Plot.dot(points, { x: 'x', y: 'y', fill: stroke, r: 2.5 })] : []),
    ]),
  })
}
