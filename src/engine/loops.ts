/** Index arithmetic for the float64 reference: slow, obvious loops over row-major arrays. */
import { type Shape, sizeOf, stridesOf } from './tensor.js'

/** The shape two or more operands broadcast to, NumPy's rule; undefined when they do not fit. */
export function broadcastShapes(...shapes: Shape[]): number[] | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  const result = new Array<number>(rank).fill(1)
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis
      if (shape[axis] === result[at] || shape[axis] === 1) continue
      if (result[at] !== 1) return undefined
      result[at] = shape[axis]
    }
  }
  return result
}

/** For every position of `shape`: the offset in an operand of shape `from` that broadcasts to it. */
export function broadcastOffsets(from: Shape, shape: Shape): Int32Array {
  const strides = stridesOf(from)
  const lead = shape.length - from.length
  const step = shape.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]))
  return stridedOffsets(shape, step)
}

/** Offsets that were worked out before: a program asks for the same ones at every run. Never written to. */
const known = new Map<string, Int32Array>()
/** Numbers that all of them may hold, 64 MiB. */
const mostKept = 2 ** 24
let kept = 0

/** For every position of `shape`, in row-major order: start + Σ index · step. */
export function stridedOffsets(shape: Shape, step: readonly number[], start = 0): Int32Array {
  const key = `${shape}|${step}|${start}`
  const found = known.get(key)
  if (found) {
    known.delete(key)
    known.set(key, found)
    return found
  }
  const offsets = workedOut(shape, step, start)
  known.set(key, offsets)
  kept += offsets.length
  for (const [oldest, { length }] of known) {
    if (kept <= mostKept) break
    known.delete(oldest)
    kept -= length
  }
  return offsets
}

function workedOut(shape: Shape, step: readonly number[], start: number): Int32Array {
  const offsets = new Int32Array(sizeOf(shape))
  const index = new Array<number>(shape.length).fill(0)
  let offset = start
  for (let flat = 0; flat < offsets.length; flat++) {
    offsets[flat] = offset
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += step[axis]
      if (++index[axis] < shape[axis]) break
      offset -= step[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return offsets
}

/** Splits a shape at an axis: position = (outer · extent + along) · inner + within. */
export function alongAxis(shape: Shape, axis: number): { outer: number; extent: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis], inner: sizeOf(shape.slice(axis + 1)) }
}

/** Calls `visit` with the first offset and the stride of every line along `axis`. */
export function eachLine(
  shape: Shape,
  axis: number,
  visit: (start: number, stride: number, line: number) => void,
): void {
  const { outer, extent, inner } = alongAxis(shape, axis)
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * extent * inner + i, inner, o * inner + i)
}
