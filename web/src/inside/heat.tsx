/** A matrix as a picture. Its shape and range are told in words, and each value where the pointer or the keys are. */
import { type KeyboardEvent, memo, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import { short } from './colouring.js'
import { shade, usePalette } from './palette.js'

interface Props {
  /** Row by row. */
  readonly values: Float32Array
  readonly rows: number
  readonly columns: number
  /** The magnitude that has the full colour. */
  readonly peak: number
  readonly label: string
  /** The largest extent on the page, in pixels. */
  readonly size?: number
  /** A row and a column with a line around them. */
  readonly markedRow?: number
  readonly markedColumn?: number
  describe?(row: number, column: number): string
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export const Heat = memo(function Heat(props: Props) {
  const { values, rows, columns, peak, label, size = 220, markedRow, markedColumn, describe } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const palette = usePalette()
  const [cell, setCell] = useState<readonly [number, number]>()
  const scale = Math.max(1, Math.min(16, size / Math.max(rows, columns)))

  // A pixel a cell, enlarged by the style: a large picture is drawn as fast as a small one.
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(columns, rows)
    values.forEach((value, index) => {
      shade(palette, peak > 0 ? value / peak : 0, image.data, 4 * index)
    })
    context.putImageData(image, 0, 0)
  }, [values, rows, columns, peak, palette])

  const [least, most] = useMemo(() => rangeOf(values), [values])
  const onPointerMove = ({ currentTarget, clientX, clientY }: PointerEvent) => {
    const box = currentTarget.getBoundingClientRect()
    const place = (share: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(share * count)))
    setCell([place((clientY - box.top) / box.height, rows), place((clientX - box.left) / box.width, columns)])
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    const [y, x] = cell ?? [0, 0]
    setCell([Math.max(0, Math.min(rows - 1, y + move[0])), Math.max(0, Math.min(columns - 1, x + move[1]))])
  }
  const place = cell && (describe?.(...cell) ?? `row ${cell[0] + 1}, column ${cell[1] + 1}`)
  return (
    <figure className="heat">
      <div className="picture" style={{ width: columns * scale, aspectRatio: `${columns} / ${rows}` }}>
        <canvas
          ref={canvas}
          width={columns}
          height={rows}
          role="img"
          tabIndex={0}
          aria-label={`${label}: ${rows} by ${columns}, from ${short(least)} to ${short(most)}`}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setCell(undefined)}
          onFocus={() => setCell((before) => before ?? [0, 0])}
          onBlur={() => setCell(undefined)}
          onKeyDown={onKeyDown}
        />
        {markedRow !== undefined && <div className="mark" style={band('top', 'height', markedRow, rows)} />}
        {markedColumn !== undefined && <div className="mark" style={band('left', 'width', markedColumn, columns)} />}
      </div>
      <figcaption className="quiet number" aria-live="polite">
        {cell && cell[0] < rows && cell[1] < columns
          ? `${place}: ${short(values[cell[0] * columns + cell[1]])}`
          : label}
      </figcaption>
    </figure>
  )
})

/** A line around one of `count` rows or columns. */
function band(edge: 'top' | 'left', extent: 'height' | 'width', index: number, count: number) {
  return { inset: 0, [edge]: `${(100 * index) / count}%`, [extent]: `${100 / count}%` }
}

function rangeOf(values: Float32Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}
