/**
 * A learned bias of scores for each head and bucket of distances: Raffel et al. 2020, arXiv:1910.10683, section 2.1.
 * Near distances have a bucket each, those further on share them at a logarithmic pace, and all from `distance` on share
 * the last. Both ways, half of the buckets are for keys after the query.
 */
import { add, constant, gather, maximum, minimum, sub, type Tensor, transpose, unsqueeze } from '../engine/index.js'
import { UserError } from '../platform/errors.js'

export interface Buckets {
  readonly buckets: number
  readonly distance: number
  readonly bothWays: boolean
}

const sideOf = ({ buckets, bothWays }: Buckets) => (bothWays ? Math.floor(buckets / 2) : buckets)

/** @throws UserError where a side has no near and no far buckets */
export function checkBuckets(what: string, given: Buckets): void {
  const near = Math.floor(sideOf(given) / 2)
  if (near < 1)
    throw new UserError(`${what}: relativeBuckets must be at least ${given.bothWays ? 4 : 2}, got ${given.buckets}`)
  if (given.distance <= near)
    throw new UserError(
      `${what}: relativeDistance must be more than the ${near} distances that have a bucket each, got ${given.distance}`,
    )
}

/** The bucket of distance n ≥ 0 on one side, in the single precision in which it was first computed. */
function bucketOf(n: number, side: number, distance: number): number {
  const near = Math.floor(side / 2)
  if (n < near) return n
  const share = Math.fround(Math.fround(Math.log(Math.fround(n / near))) / Math.fround(Math.log(distance / near)))
  return Math.min(near + Math.trunc(Math.fround(share * (side - near))), side - 1)
}

/** Buckets of keys at −reach … reach from their query. */
export function bucketsByDistance(given: Buckets, reach: number): Int32Array {
  const { distance, bothWays } = given
  const side = sideOf(given)
  return Int32Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const ahead = index - reach
    if (ahead <= 0) return bucketOf(-ahead, side, distance)
    return bothWays ? side + bucketOf(ahead, side, distance) : 0
  })
}

/** The bias of a table [buckets, H] for queries at positions t [B, T] and keys at s [B, S] (i32): [B, H, T, S]. */
export function relativeBias(table: Tensor, queries: Tensor, keys: Tensor, given: Buckets): Tensor {
  // No key is further away than there are tokens.
  const reach = Math.min(given.distance, queries.shape[1] + keys.shape[1])
  const byDistance = gather(table, constant(bucketsByDistance(given, reach)), 0)
  const ahead = sub(unsqueeze(keys, 1), unsqueeze(queries, 2))
  const index = add(maximum(minimum(ahead, reach), -reach), reach)
  return transpose(gather(byDistance, index, 0), [0, 3, 1, 2])
}
