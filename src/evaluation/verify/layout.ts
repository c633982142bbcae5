/** The order of axes in reference files, and in the operators, which want heads before time. */
import { type Tensor, transpose } from '../../engine/index.js'

export const layouts = ['bthd', 'bhtd'] as const
export type Layout = (typeof layouts)[number]

/** Axes by letter, as the tables of operators are written: B, T, H first, then widths, such as `BTHK`. */
export type Axes = string

/** The axes in the order in which a file of this layout holds them. */
export function storedAxes(axes: Axes, layout: Layout): Axes {
  return layout === 'bhtd' ? axes.replace('TH', 'HT') : axes
}

/** From a file's order to heads before time. The exchange is its own inverse, so that it also leads back. */
export function headsFirst(x: Tensor, axes: Axes, layout: Layout): Tensor {
  if (layout === 'bhtd' || !axes.startsWith('BTH')) return x
  return transpose(x, [0, 2, 1, ...Array.from({ length: x.rank - 3 }, (_, index) => index + 3)])
}
