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

/** Rows for distances −reach … reach of queries from keys. */
export function rowsByDistance(rows: Rows, reach: number): Int32Array {
  const side = perSide(rows)
  return Int32Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const distance = index - reach
    const bucket = Math.sign(distance) * bucketOf(Math.abs(distance), rows)
    return Math.min(Math.max(bucket + side, 0), 2 * side - 1)
  })
}

/** The row for each query t and key s, from positions [B, T] i32: [B, T, T]. */
export function distanceRows(positions: Tensor, rows: Rows): Tensor {
  const reach = positions.shape[1] - 1
  const distance = sub(unsqueeze(positions, 2), unsqueeze(positions, 1))
  const index = add(maximum(minimum(distance, reach), -reach), reach)
  return gather(constant(rowsByDistance(rows, reach)), index, 0)
}
