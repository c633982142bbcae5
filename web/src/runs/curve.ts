/** A run's curve while it grows: the steps that its log keeps too, so that it looks the same after a reload. */
import type { MetricsEntry, TrainingEvent } from 'seqlab/training'

/** About how many steps of a run are kept. */
const kept = 500

export function extended(curve: readonly MetricsEntry[], events: readonly TrainingEvent[]): readonly MetricsEntry[] {
  const fresh = events.filter(({ step, steps, validLoss }) => {
    const every = Math.max(1, Math.floor(steps / kept))
    return step % every === 0 || step === steps || validLoss !== undefined
  })
  if (fresh.length === 0) return curve
  // A run that continues from a checkpoint measures again what came after it.
  const first = fresh[0].step
  const before = (curve.at(-1)?.step ?? 0) < first ? curve : curve.filter(({ step }) => step < first)
  return [...before, ...fresh.map((event) => ({ ...event }) as unknown as MetricsEntry)]
}
