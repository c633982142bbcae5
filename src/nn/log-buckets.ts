/**
 * Rows of a table for distances both ways: one for each up to a limit, or shared at a logarithmic pace by far ones.
 * He et al. 2021, arXiv:2111.09543, as its code has it.
 */
import { add, constant, gather, maximum, minimum, sub, type Tensor, unsqueeze } from '../engine/index.js'
import { UserError } from '../platform/errors.js'

export interface Rows {
  /** Distances that are told apart. */
  readonly distance: number
  /** Rows for each direction; as many as distances where absent. */
  readonly buckets?: number
}

const perSide = ({ distance, buckets }: Rows) => buckets ?? distance
export const rowCount = (rows: Rows) => 2 * perSide(rows)

/** @throws UserError where there are no far distances that could share rows */
export function validateRows(what: string, { distance, buckets }: Rows): void {
  if (buckets === undefined) return
  if (buckets < 2) throw new UserError(`${what}: buckets must be at least 2, got ${buckets}`)
  const near = Math.floor(buckets / 2)
  if (distance <= near + 1)
    throw new UserError(`${what}: distance must be more than ${near + 1} with ${buckets} buckets, got ${distance}`)
}

/** The bucket of distance n ≥ 0, in the single precision in which it was first computed. */
function bucketOf(n: number, { distance, buckets }: Rows): number {
  if (buckets === undefined) return n
  const near = Math.floor(buckets / 2)
  if (n <= near) return n
  const pace = Math.fround(Math.log(Math.fround((distance - 1) / near)))
  const share = Math.fround(Math.fround(Math.log(Math.fround(n / near))) / pace)
  return Math.ceil(Math.fround(share * (near - 1))) + near
}

/** Rows for distances −n … n of queries from keys, n the first that shares the last row with all beyond. */
export function rowsByDistance(rows: Rows): Int32Array {
  const side = perSide(rows)
  let furthest = 0
  // With an odd number of rows the last is reached late, and with three it never is.
  while (bucketOf(furthest, rows) < side && furthest < rows.distance ** 2) furthest++
  return Int32Array.from({ length: 2 * furthest + 1 }, (_, index) => {
    const ahead = index - furthest
    const bucket = Math.sign(ahead) * bucketOf(Math.abs(ahead), rows)
    return Math.min(Math.max(bucket + side, 0), 2 * side - 1)
  })
}

/** The row for each query t and key s, from positions [B, T] i32: [B, T, T]. */
export function distanceRows(positions: Tensor, rows: Rows): Tensor {
  const table = rowsByDistance(rows)
  const furthest = (table.length - 1) / 2
  const distance = sub(unsqueeze(positions, 2), unsqueeze(positions, 1))
  return gather(constant(table), add(maximum(minimum(distance, furthest), -furthest), furthest), 0)
}
