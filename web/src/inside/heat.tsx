/** A matrix as a picture. Its shape and range are told in words, and each value where the pointer or the keys are. */
import { type KeyboardEvent, memo, type PointerEvent, useEffect, useRef, useState } from 'react'
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
  /** A row or a column with a line around it. */
  readonly mark?: { readonly row?: number; readonly column?: number }
  describe?(row: number, column: number): string
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export const Heat = memo(function Heat({ values, rows, columns, peak, label, size = 220, mark, describe }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const palette = usePalette()
  const [cell, setCell] = useState<readonly [number, number]>()
  const scale = Math.max(1, Math.min(16, Math.floor(size / Math.max(rows, columns))))
  const [row, column] = [mark?.row, mark?.column]

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(columns * scale, rows * scale)
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        const value = values[Math.floor(y / scale) * columns + Math.floor(x / scale)]
        const colour = shade(palette, peak > 0 ? value / peak : 0)
        image.data.set([...colour, 255], 4 * (y * image.width + x))
      }
    }
    context.putImageData(image, 0, 0)
    context.strokeStyle = palette.mark
    const width = Math.max(2, scale)
    if (row !== undefined) context.strokeRect(0.5, row * scale - 0.5, image.width - 1, width + 1)
    if (column !== undefined) context.strokeRect(column * scale - 0.5, 0.5, width + 1, image.height - 1)
  }, [values, rows, columns, peak, scale, palette, row, column])

  const [least, most] = rangeOf(values)
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
      <canvas
        ref={canvas}
        width={columns * scale}
        height={rows * scale}
        role="img"
        tabIndex={0}
        aria-label={`${label}: ${rows} by ${columns}, from ${short(least)} to ${short(most)}`}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setCell(undefined)}
        onFocus={() => setCell((before) => before ?? [0, 0])}
        onBlur={() => setCell(undefined)}
        onKeyDown={onKeyDown}
      />
      <figcaption className="quiet number" aria-live="polite">
        {cell && cell[0] < rows && cell[1] < columns
          ? `${place}: ${short(values[cell[0] * columns + cell[1]])}`
          : label}
      </figcaption>
    </figure>
  )
})

function rangeOf(values: Float32Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return [least, most]
}
