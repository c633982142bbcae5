/** Lines over positions, drawn by Plot, which is loaded when there is something to draw. */
import { useEffect, useRef } from 'react'
import { useWidth } from '../common/width.js'

export interface Line {
  readonly name: string
  /** Which run it is of: its colour and dash. */
  readonly run: number
  /** Whether it stands behind another line of its run. */
  readonly isBehind: boolean
  readonly points: readonly { readonly position: number; readonly value: number }[]
}

const dashes = ['none', '7 4']

interface Props {
  readonly title: string
  readonly lines: readonly Line[]
  /** Where the axis ends; where the lines do by default. */
  readonly ceiling?: number
}

export function Chart({ title, lines, ceiling }: Props) {
  const figure = useRef<HTMLDivElement>(null)
  const width = useWidth(figure)
  useEffect(() => {
    let isCurrent = true
    const draw = async () => {
      const Plot = await import('@observablehq/plot')
      const box = figure.current
      if (!isCurrent || !box || width === 0) return
      const drawing = Plot.plot({
        width: Math.max(280, width),
        height: 190,
        marginLeft: 52,
        style: { background: 'transparent', color: 'inherit', fontSize: '12px' },
        x: { label: 'position' },
        y: {
          label: null,
          zero: true,
          grid: true,
          nice: true,
          ...(ceiling !== undefined && { domain: [0, ceiling] }),
        },
        marks: [
          Plot.ruleY([0]),
          ...lines.map(({ run, isBehind, points }) =>
            Plot.lineY(points, {
              x: 'position',
              y: 'value',
              stroke: `var(--run-${run})`,
              strokeDasharray: dashes[run % dashes.length],
              strokeWidth: isBehind ? 1 : 2,
              strokeOpacity: isBehind ? 0.7 : 1,
              clip: true,
            }),
          ),
        ],
      })
      // The figure says in words what the drawing shows.
      drawing.setAttribute('aria-hidden', 'true')
      box.replaceChildren(drawing)
    }
    draw()
    return () => {
      isCurrent = false
    }
  }, [lines, ceiling, width])
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={figure} role="img" aria-label={`${title}: ${lines.map(described).join('; ')}`} />
    </figure>
  )
}

function described({ name, isBehind, points }: Line): string {
  const end = (point?: Line['points'][number]) => point && `${point.value.toPrecision(3)} at position ${point.position}`
  return `${name}${isBehind ? ', held' : ''}: ${end(points[0]) ?? 'nothing yet'} to ${end(points.at(-1)) ?? 'nothing yet'}`
}
