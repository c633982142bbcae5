/** Uniform integers below `limit` from a seed (xorshift32), so that a failing case can be run again. */
export function seeded(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}
