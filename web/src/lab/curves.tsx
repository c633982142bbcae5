/** The curves of the runs that are shown: validation and training loss, over steps, time or work. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useWidth } from '../common/width.js'
import type { RunView } from '../runs/runs.js'
import { type Axis, axes, draw, lookOf, trainingPoints, validationPoints } from './chart.js'
import { lossText } from './format.js'

export function Curves({ shown }: { readonly shown: readonly RunView[] }) {
  const [axis, setAxis] = useState<Axis>('step')
  const [log, setLog] = useState(false)
  const untold = axis === 'flops' ? shown.filter(({ flopsPerStep, curve }) => curve.length > 0 && !flopsPerStep) : []
  return (
    <section className="card" aria-label="Curves">
      <div className="row">
        <label className="inline">
          Over
          <select value={axis} onChange={({ target }) => setAxis(target.value as Axis)}>
            {Object.entries(axes).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="inline">
          <input type="checkbox" checked={log} onChange={({ target }) => setLog(target.checked)} /> logarithmic loss
        </label>
      </div>
      <div className="charts">
        <Chart title="Validation loss" points={validationPoints} dots {...{ shown, axis, log }} />
        <Chart title="Training loss, running mean" points={trainingPoints} dots={false} {...{ shown, axis, log }} />
      </div>
      {untold.length > 0 && (
        <p className="quiet">
          Not known before it goes on here: the FLOPs of{' '}
          {untold.map(({ plan, name }) => plan?.model.name ?? name).join(', ')}.
        </p>
      )}
    </section>
  )
}

interface ChartProps {
  readonly title: string
  readonly shown: readonly RunView[]
  readonly axis: Axis
  readonly log: boolean
  readonly dots: boolean
  readonly points: typeof validationPoints
}

function Chart({ title, shown, axis, log, dots, points }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const lines = useMemo(
    () => shown.map((run, index) => ({ look: lookOf(index), points: points(run, axis) })),
    [shown, axis, points],
  )
  const figures = shown.map(
    ({ plan, name }, index) => `${plan?.model.name ?? name} ${lossText(lines[index].points.at(-1)?.y)}`,
  )
  // Drawn between frames, and only the newest of what came meanwhile: three trainings must not hold up a key press.
  useEffect(() => {
    let isCurrent = true
    const frame = requestAnimationFrame(async () => {
      if (width === 0) return
      const svg = await draw(lines, { axis, log, width, dots })
      // What it shows is said by the place it stands in.
      svg.setAttribute('aria-hidden', 'true')
      if (isCurrent) place.current?.replaceChildren(svg)
    })
    return () => {
      isCurrent = false
      cancelAnimationFrame(frame)
    }
  }, [lines, axis, log, width, dots])
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${figures.join(', ')}`} className="chart" />
    </figure>
  )
}
