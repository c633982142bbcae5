import type { Point } from './series.js'

export interface Axis {
  label: string
  scale: 'linear' | 'log'
  /** Of a logarithmic scale; ticks that are no powers of it may stay without a label. Default: 10. */
  base?: number
  domain?: [number, number]
  /** Values of the ticks, or about how many of them. */
  ticks?: number[] | number
  format: (value: number) => string
  /** Of a vertical axis of rows: what stands at 0, 1, 2, … from the top. */
  rows?: string[]
}

export interface Line {
  /** Index of the model in the report: decides the line's look. */
  series: number
  /** Index of the panel the line is in. */
  panel: number
  points: Point[]
  /**
   * - `measured`: the model's dash, markers and width, and the intervals of its points
   * - `outline`: a thin line for what goes with it
   * - `seed`: a faint line, one of several that `measured` is the mean of
   * - `points`: markers with their intervals, unconnected
   * - `dots`: small dots, of which `points` or `measured` are the means
   * - `chosen`: filled markers
   * - `front`: a neutral line in steps
   */
  role: 'measured' | 'outline' | 'seed' | 'points' | 'dots' | 'chosen' | 'front'
}

/** Axes and what lies on them: nothing in it knows of sizes or of the plotting library. */
export interface Plane {
  x: Axis
  y: Axis
  /** Panels of one size on the same axes, side by side, or below each other where it is narrow. */
  panels: string[]
  lines: Line[]
  /** A place on the x axis that other figures, or the words, refer to. */
  reference?: { x: number; label: string }
  /** A place on the y axis. */
  level?: { y: number; label: string }
  /** Pixels between top and bottom of a panel, where it is not the usual. */
  height?: number
}

export interface FigureText {
  title: string
  /** What the figure shows and how to read it, for everyone. */
  caption: string
  /** What it shows in words and figures, for those who cannot see it. */
  description: string
}

/** A figure of planes side by side, below each other where it is narrow. */
export interface Figure extends FigureText {
  planes: Plane[]
}

/** A figure of one plane. */
export interface Chart extends FigureText, Plane {}

export const figureOf = ({ title, caption, description, ...plane }: Chart): Figure => ({
  title,
  caption,
  description,
  planes: [plane],
})

/** Whether there is anything to see in a figure. */
export const hasData = ({ planes }: Figure) => planes.some(({ lines }) => lines.some(({ points }) => points.length > 0))

/** A figure with the lines of some models alone, on the axes of all. */
export const ofSeries = (figure: Figure, chosen: ReadonlySet<number>): Figure => ({
  ...figure,
  planes: figure.planes.map((plane) => ({ ...plane, lines: plane.lines.filter(({ series }) => chosen.has(series)) })),
})
