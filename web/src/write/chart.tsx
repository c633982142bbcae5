/** Lines over positions, drawn by Plot, which is loaded when there is something to draw. */
import { useEffect, useRef } from 'react'

export interface Line {
  readonly name: string
  /** Which run it is of: its colour and dash. */
  readonly run: number
  /** Whether it stands behind another line of its run. */
  readonly dash: boolean
  readonly points: readonly { readonly position: number; readonly value: number }[]
}

const dashes = ['none', '7 4']

export function Chart({ title, lines }: { readonly title: string; readonly lines: readonly Line[] }) {
  const figure = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let isCurrent = true
    const draw = async () => {
      const Plot = await import('@observablehq/plot')
      const box = figure.current
      if (!isCurrent || !box) return
      box.replaceChildren(
        Plot.plot({
          width: Math.max(280, box.clientWidth),
          height: 190,
          marginLeft: 52,
          style: { background: 'transparent', color: 'inherit', fontSize: '12px' },
          x: { label: 'position' },
          y: { label: null, zero: true, grid: true, nice: true },
          marks: [
            Plot.ruleY([0]),
            ...lines.map(({ run, dash, points }) =>
              Plot.lineY(points, {
                x: 'position',
                y: 'value',
                stroke: `var(--run-${run})`,
                strokeDasharray: dashes[run % dashes.length],
                strokeWidth: dash ? 1 : 2,
                strokeOpacity: dash ? 0.7 : 1,
              }),
            ),
          ],
        }),
      )
    }
    draw()
    return () => {
      isCurrent = false
    }
  }, [lines])
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={figure} role="img" aria-label={`${title}: ${lines.map(described).join('; ')}`} />
    </figure>
  )
}

function described({ name, dash, points }: Line): string {
  const end = (point?: Line['points'][number]) => point && `${point.value.toPrecision(3)} at position ${point.position}`
  return `${name}${dash ? ', held' : ''}: ${end(points[0]) ?? 'nothing yet'} to ${end(points.at(-1)) ?? 'nothing yet'}`
}
