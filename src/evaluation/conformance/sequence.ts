/** Sequences for conformance runs: features with document starts and padding, and the places that follow from them. */
import { sizeOf, type TensorData } from '../../engine/index.js'
import { gaussian, parameterStream } from '../../nn/initializers.js'

export interface Sequence {
  readonly batch: number
  readonly length: number
  readonly width: number
  /** [B, T, width] */
  readonly x: Float32Array | Float64Array
  /** Where documents start and which tokens are real; both or neither. */
  readonly rows?: Rows
  /** Tokens of each row that see each other both ways. */
  readonly prefix?: readonly number[]
  /** Tokens of the first document that came in an earlier call; 0 by default. */
  readonly begins?: number
  /** Projected values [B, H, T, …] that take the place of the mixer's own, by name. */
  readonly projected?: Readonly<Record<string, TensorData>>
}

/** By row, then position. */
export interface Rows {
  readonly starts: readonly (readonly boolean[])[]
  readonly valid: readonly (readonly boolean[])[]
}

/** Normal features, the same for the same seed. */
export function randomSequence(
  size: { batch: number; length: number; width: number },
  seed: number,
  more: Pick<Sequence, 'rows' | 'prefix' | 'begins'> = {},
): Sequence {
  const shape = [size.batch, size.length, size.width]
  return { ...size, x: gaussian(1)(shape, parameterStream(seed, 'conformance')), ...more }
}

/**
 * Rows written as text, one letter a token: `.` padding, `|` before a token the start of a document, any other letter a
 * real token. `'..a|bb'` is two of padding, one token, then a document of two.
 */
export function layout(...rows: readonly string[]): Rows {
  const tokens = rows.map((row) => [...row.matchAll(/(\|?)([^|])/g)])
  return {
    starts: tokens.map((row) => row.map(([, bar]) => bar === '|')),
    valid: tokens.map((row) => row.map(([, , letter]) => letter !== '.')),
  }
}

export interface Place {
  readonly position: number
  /** −1 for padding. */
  readonly document: number
}

/** Position and document of every token, and the document each row is in before it: one more entry than tokens. */
export function places({ starts, valid }: Rows, begins = 0): { tokens: Place[][]; before: number[][] } {
  const before: number[][] = []
  const tokens = valid.map((row, b) => {
    let document = 0
    let position = begins
    const passed = [document]
    const placed = row.map((real, t) => {
      if (real && starts[b][t]) {
        document++
        position = 0
      }
      passed.push(document)
      return real ? { position: position++, document } : { position, document: -1 }
    })
    before.push(passed)
    return placed
  })
  return { tokens, before }
}

/** Positions `from` to `to` of a tensor along an axis. */
export function slicePositions({ shape, dtype, data }: TensorData, axis: number, from: number, to: number): TensorData {
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const count = to - from
  const part = data.slice(0, outer * count * inner)
  for (let o = 0; o < outer; o++)
    part.set(data.subarray((o * shape[axis] + from) * inner, (o * shape[axis] + to) * inner), o * count * inner)
  return { shape: shape.map((extent, index) => (index === axis ? count : extent)), dtype, data: part }
}

/** Tensors joined along an axis. */
export function joinPositions(parts: readonly TensorData[], axis: number): TensorData {
  const [{ shape, dtype, data }] = parts
  const total = parts.reduce((sum, part) => sum + part.shape[axis], 0)
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const joined =
    data instanceof Float64Array ? new Float64Array(outer * total * inner) : new Float32Array(outer * total * inner)
  for (let o = 0, at = 0; o < outer; o++) {
    for (const part of parts) {
      const run = part.shape[axis] * inner
      joined.set(part.data.subarray(o * run, (o + 1) * run), at)
      at += run
    }
  }
  return { shape: shape.map((extent, index) => (index === axis ? total : extent)), dtype, data: joined }
}

/** Numbers or truth values by row and position, as [B, to − from]. */
export function rowsData(
  dtype: 'i32' | 'bool',
  rows: readonly (readonly (number | boolean)[])[],
  from: number,
  to: number,
): TensorData {
  const values = rows.flatMap((row) => row.slice(from, to).map(Number))
  return {
    shape: [rows.length, to - from],
    dtype,
    data: dtype === 'bool' ? Uint8Array.from(values) : Int32Array.from(values),
  }
}

/** The sequence with the features of some tokens replaced by others of magnitude `size`. */
export function replaced(
  sequence: Sequence,
  chosen: (row: number, position: number) => boolean,
  size: number,
): Sequence {
  const { length, width, x } = sequence
  const other = gaussian(size)([x.length], parameterStream(99, 'replaced'))
  return {
    ...sequence,
    x: x.map((value, index) =>
      chosen(Math.floor(index / (length * width)), Math.floor(index / width) % length) ? other[index] : value,
    ),
  }
}
