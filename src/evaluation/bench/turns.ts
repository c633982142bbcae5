/** Sides take turns, so that whatever else the machine does meets all of them. */
import { median } from './figures.js'
import type { Side } from './side.js'

/** Milliseconds between turns, until the threads of the side before have stopped waiting actively for work. */
const settle = 100

/** A turn of each side, of so many steps. Of these the middle one counts: the first finds cold caches. */
export async function turnOfEach(sides: readonly Side[], stepsOf: (at: number) => number): Promise<number[]> {
  const milliseconds: number[] = []
  for (const [at, side] of sides.entries()) {
    await new Promise((resolve) => setTimeout(resolve, settle))
    milliseconds.push(median(await side.run(stepsOf(at))))
  }
  return milliseconds
}

/** Milliseconds that a turn of short steps lasts about, and of steps in it at most. */
const turnLength = 150
const most = 15
/** Milliseconds that all turns of all sides last about; two are taken at least. */
const patience = 60_000

/** The fastest turn of each side: whatever else the machine does only adds. Warm-up is the first step and a turn. */
export async function fastestTurns(sides: readonly Side[], turns = 5): Promise<number[]> {
  const warm = await turnOfEach(sides, () => 1)
  const steps = warm.map((ms) => Math.max(1, Math.min(most, Math.floor(turnLength / ms))))
  const round = warm.reduce((sum, ms, at) => sum + ms * steps[at], 0)
  const taken = Math.min(turns, Math.max(2, Math.floor(patience / round)))
  let fastest = warm
  for (let turn = 0; turn < taken; turn++) {
    const middles = await turnOfEach(sides, (at) => steps[at])
    fastest = fastest.map((best, at) => (turn === 0 ? middles[at] : Math.min(best, middles[at])))
  }
  return fastest
}
