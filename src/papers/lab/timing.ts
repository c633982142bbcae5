/** Times within a demonstration: ratios of medians, measured in turns. */
import { platform } from '../../platform/index.js'
import type { Lab } from '../demonstration.js'

/** Median milliseconds of each piece of work. They take turns, so that whatever else the machine does meets all of them. */
export async function timeInTurns(
  lab: Lab,
  works: readonly (() => Promise<unknown>)[],
  { rounds = 5 }: { rounds?: number } = {},
): Promise<number[]> {
  const { now } = platform()
  const times = works.map((): number[] => [])
  // The first round finds cold caches and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, work] of works.entries()) {
      lab.signal?.throwIfAborted()
      const began = now()
      await work()
      if (round > 0) times[index].push(now() - began)
    }
  }
  return times.map((values) => values.sort((a, b) => a - b)[values.length >> 1])
}
