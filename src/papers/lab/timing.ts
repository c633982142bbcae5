/** Times within a demonstration, measured in turns. */
import { platform } from '../../platform/index.js'
import type { Lab } from '../demonstration.js'

/**
 * Milliseconds of each piece of work in its fastest round, as whatever else the machine does can only add to them. They
 * take turns, so that all find the machine in the same state.
 */
export async function timeInTurns(
  lab: Lab,
  works: readonly (() => Promise<unknown>)[],
  { rounds = 5 }: { rounds?: number } = {},
): Promise<number[]> {
  const { now } = platform()
  const fastest = works.map(() => Number.POSITIVE_INFINITY)
  // The first round finds cold caches and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, work] of works.entries()) {
      lab.signal?.throwIfAborted()
      const began = now()
      await work()
      if (round > 0) fastest[index] = Math.min(fastest[index], now() - began)
    }
  }
  return fastest
}
