import type { Drawing } from './drawing.js'
import { seriesLook } from './theme.js'

const row = 20
const sampleWidth = 30
// Plot cannot measure text without a browser; the average of common sans-serif faces at 13 pixels, rounded up.
const characterWidth = 7.4

interface Item {
  series: number
  name: string
  x: number
  y: number
}

/** The key of a figure: line, marker and name of each model that is drawn, in as many rows as the width asks for. */
export function drawLegend(
  names: string[],
  drawn: ReadonlySet<number>,
  width: number,
  drawing: Drawing,
): { element: Element; height: number } {
  const items: Item[] = []
  const longest = Math.floor((width - sampleWidth) / characterWidth) - 1
  let x = 0
  let y = row / 2
  for (const [series, full] of names.entries()) {
    if (!drawn.has(series)) continue
    const name = full.length > longest ? `${full.slice(0, longest - 1)}…` : full
    const itemWidth = sampleWidth + 8 + (name.length + 2) * characterWidth
    if (x > 0 && x + itemWidth - 2 * characterWidth > width) {
      x = 0
      y += row
    }
    items.push({ series, name, x, y })
    x += itemWidth
  }
  const height = y + row / 2
  return { element: drawItems(items, width, height, drawing), height }
}

/** The line and marker of one model alone, for a table. Decoration: the name stands beside it. */
export function drawSample(series: number, drawing: Drawing): Element {
  const sample = drawItems([{ series, name: '', x: 0, y: row / 2 }], sampleWidth, row, drawing)
  sample.setAttribute('aria-hidden', 'true')
  return sample
}

function drawItems(items: Item[], width: number, height: number, { Plot, document }: Drawing): Element {
  const legend = Plot.plot({
    document,
    className: 'chart',
    width,
    height,
    margin: 0,
    axis: null,
    x: { domain: [0, width] },
    y: { domain: [height, 0] },
    marks: items.flatMap(({ series, name, x, y }) => {
      const { color, dash, symbol } = seriesLook(series)
      const ends = [x + 1, x + sampleWidth - 1]
      return [
        Plot.line(ends, { x: (end) => end, y: () => y, stroke: color, strokeWidth: 2, strokeDasharray: dash }),
        Plot.dot([x + sampleWidth / 2], {
          x: (middle) => middle,
          y: () => y,
          symbol,
          r: 4,
          fill: 'var(--paper)',
          stroke: color,
          strokeWidth: 1.75,
        }),
        Plot.text([name], { x: () => x + sampleWidth + 6, y: () => y, textAnchor: 'start', fill: 'var(--ink)' }),
      ]
    }),
  })
  legend.querySelector('style')?.remove()
  return legend
}
