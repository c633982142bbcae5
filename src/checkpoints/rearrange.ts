/**
 * Where the values of a model's parameter lie in a stored tensor, as a pattern: `o i -> i o` for a transposed matrix,
 * `(h p d) i -> i (h d)` with p fixed for one of three maps that lie interleaved by heads. A pattern is read both ways, so
 * that what reads a file also writes it.
 */
import { type Shape, sizeOf } from '../engine/index.js'

export interface Pattern {
  /**
   * Axes of the stored tensor, then of the parameter. Axes in parentheses are one; `1` is an axis of one, and `~k` an
   * axis that runs the other way in the file.
   */
  readonly axes: string
  /** Extents that do not follow from the parameter's shape. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Axes of one side alone, held at a place. */
  readonly at?: Readonly<Record<string, number>>
  /** Axes of which the stored tensor has more, `of`, in front of what belongs to the parameter and behind. */
  readonly slices?: Readonly<Record<string, { readonly from: number; readonly of: number }>>
  /** The place along an axis of the parameter from which on it comes from this tensor; needs the axis's size. */
  readonly into?: Readonly<Record<string, number>>
  /** The first row of the stored tensor that belongs to the parameter. */
  readonly from?: number
}

/** One axis of the values: its extent, and how far apart neighbours lie on both sides. */
interface Axis {
  readonly size: number
  readonly stored: number
  readonly own: number
}

export interface Placement {
  readonly axes: readonly Axis[]
  /** Where the first value lies. */
  readonly stored: number
  readonly own: number
  readonly count: number
  /** The smallest shape of the stored tensor that has room for it. */
  readonly storedShape: Shape
}

type Side = readonly (readonly string[])[]

function parse(side: string): Side {
  return [...side.matchAll(/\(([^)]*)\)|(\S+)/g)].map(([, group, single]) => {
    return (group ?? single).trim().split(/\s+/)
  })
}

const bare = (axis: string) => axis.replace('~', '')

/** Resolves a pattern for a parameter; `storedShape` is that of the file where there is one, else the smallest. */
export function place(
  { axes, sizes, at = {}, slices = {}, into = {}, from = 0 }: Pattern,
  ownShape: Shape,
  storedShape?: Shape,
): Placement {
  const [left, right] = axes.split('->').map(parse)
  const extents: Record<string, number> = { 1: 1, ...sizes }
  const product = (group: readonly string[]) => group.reduce((total, axis) => total * extents[bare(axis)], 1)
  right.forEach((group, index) => {
    const unknown = group.filter((axis) => extents[bare(axis)] === undefined)
    if (unknown.length > 1) throw new Error(`pattern ${axes}: sizes of ${unknown.join(', ')} do not follow`)
    if (unknown.length === 1) {
      extents[bare(unknown[0])] = 1
      extents[bare(unknown[0])] = ownShape[index] / product(group)
    }
  })
  const inFile = { ...extents, ...Object.fromEntries(Object.entries(slices).map(([axis, { of }]) => [axis, of])) }
  const wholeShape = left.map((group, index) => {
    return group.reduce((total, axis) => total * inFile[bare(axis)], 1) + (index === 0 ? from : 0)
  })
  const stored = strides(left, storedShape ?? wholeShape, inFile)
  const skipped = Object.entries(slices).reduce((sum, [axis, slice]) => sum + slice.from * stored.steps[axis], 0)
  const own = strides(right, ownShape, extents)
  const held = Object.entries(into).reduce((sum, [axis, place]) => sum + place * own.steps[axis], 0)
  const start = (side: ReturnType<typeof strides>) =>
    Object.entries(at).reduce((sum, [axis, place]) => sum + place * (side.steps[axis] ?? 0), side.start)
  const free = [...new Set(right.flat().map(bare))].filter((axis) => !(axis in at) && axis !== '1')
  const [, ...rows] = storedShape ?? wholeShape
  return {
    axes: free.map((axis) => ({ size: extents[axis], stored: stored.steps[axis], own: own.steps[axis] })),
    stored: start(stored) + skipped + from * sizeOf(rows),
    own: start(own) + held,
    count: free.reduce((total, axis) => total * extents[axis], 1),
    storedShape: wholeShape,
  }
}

/** How far apart neighbours along each named axis lie in a tensor of this shape. */
function strides(side: Side, shape: Shape, extents: Readonly<Record<string, number>>) {
  const steps: Record<string, number> = {}
  let start = 0
  let outer = 1
  for (let index = side.length - 1; index >= 0; index--) {
    let step = outer
    for (const axis of side[index].toReversed()) {
      steps[bare(axis)] = axis.startsWith('~') ? -step : step
      if (axis.startsWith('~')) start += step * (extents[bare(axis)] - 1)
      step *= extents[bare(axis)]
    }
    outer *= shape[index]
  }
  return { steps, start }
}

/** Calls `visit` with the place of every value in the stored tensor and in the parameter. */
export function eachPlace({ axes, stored, own }: Placement, visit: (stored: number, own: number) => void): void {
  const walk = (depth: number, s: number, o: number): void => {
    const axis = axes[depth]
    if (!axis) visit(s, o)
    else for (let i = 0; i < axis.size; i++) walk(depth + 1, s + i * axis.stored, o + i * axis.own)
  }
  walk(0, stored, own)
}
