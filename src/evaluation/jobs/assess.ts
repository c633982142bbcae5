/** What a trained model is worth on examples: its score with an interval, its loss, and where in a text it errs. */
import type { Metric } from '../../tasks/index.js'
import { type ExampleScores, shareOf, totals } from '../../training/index.js'
import { mean, ratioInterval, wilson } from '../statistics.js'
import type { JobResult, Score } from './job.js'

export interface Assessment {
  readonly score: Score
  readonly loss: number
  /** Least possible loss on the same examples, where the task knows it. */
  readonly bound?: number
  readonly byPosition: JobResult['byPosition']
}

/** Positions that are told apart at most. */
const mostPositions = 128

export function assess(metric: Metric, results: readonly ExampleScores[]): Assessment {
  const bounds = results.flatMap(({ bounds }) => bounds ?? [])
  return {
    score: interval(metric, results),
    loss: totals(results).loss,
    ...(bounds.length > 0 && { bound: mean(bounds) }),
    byPosition: thinned(byPosition(results)),
  }
}

function interval(metric: Metric, results: readonly ExampleScores[]): Score {
  const shares = results.map((result) => shareOf(metric, result))
  const right = shares.map((share) => share.right)
  if (metric === 'exact') {
    return wilson(
      right.reduce((a, b) => a + b, 0),
      right.length,
    )
  }
  return ratioInterval(
    right,
    shares.map((share) => share.of),
    { share: metric === 'accuracy' },
  )
}

function byPosition(results: readonly ExampleScores[]): { position: number; loss: number }[] {
  const found = new Map<number, number[]>()
  for (const { positions, losses } of results)
    for (const [index, position] of positions.entries()) {
      const there = found.get(position)
      if (there) there.push(losses[index])
      else found.set(position, [losses[index]])
    }
  return [...found]
    .map(([position, losses]) => ({ position, loss: mean(losses) }))
    .sort((a, b) => a.position - b.position)
}

/** Neighbouring positions joined until there are few enough. */
export function thinned(points: readonly { position: number; loss: number }[]): JobResult['byPosition'] {
  const size = Math.ceil(points.length / mostPositions)
  if (size <= 1) return points
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size)
    return { position: mean(part.map(({ position }) => position)), loss: mean(part.map(({ loss }) => loss)) }
  })
}
