/** Differences between mechanisms, paired by seed. */
import { pairedInterval } from '../statistics.js'
import { sameSize } from './report/fields.js'
import type { PairedDifference, StudyEntry } from './types.js'

/** Every two mechanisms on the same task and size, over the seeds that both have. */
export function pairsOf(entries: readonly StudyEntry[]): PairedDifference[] {
  return entries.flatMap((first, index) =>
    entries.slice(index + 1).flatMap((second) => {
      if (first.task !== second.task || !sameSize(first.size, second.size)) return []
      const pairs = first.runs.flatMap((a) => {
        const b = second.runs.find(({ seed }) => seed === a.seed)
        return b ? [[a.score.mean, b.score.mean] as const] : []
      })
      if (pairs.length === 0) return []
      const difference = pairedInterval(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      )
      const { task, size, mechanism } = first
      return [{ task, size, first: mechanism, second: second.mechanism, difference }]
    }),
  )
}
