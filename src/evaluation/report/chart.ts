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
}

export interface Line {
  /** Index of the model in the report: decides the line's look. */
  series: number
  /** Index of the panel the line is in. */
  panel: number
  points: Point[]
  /** `measured` has the model's dash, markers and width; `outline` is a thin line for what goes with it. */
  role: 'measured' | 'outline'
}

/** One figure, before it is drawn: nothing in it knows of sizes or of the plotting library. */
export interface Chart {
  title: string
  /** What the figure shows and how to read it, for everyone. */
  caption: string
  /** What it shows in words and figures, for those who cannot see it. */
  description: string
  x: Axis
  y: Axis
  /** Panels of one size on the same axes, side by side, or below each other where it is narrow. */
  panels: string[]
  lines: Line[]
  /** A place on the x axis that other figures refer to. */
  reference?: { x: number; label: string }
}
