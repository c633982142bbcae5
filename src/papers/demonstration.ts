/** What a demonstration is: the claims of a paper, measured here. One file each, found by the row's id. */
import type { Executor } from '../engine/index.js'

export interface Demonstration {
  /** The row of the catalogue. */
  readonly id: string
  /** Where the paper's idea is, below `src/`: `mechanisms/linear-attention/gla.ts`. */
  readonly files: readonly string[]
  /** Drives all randomness: data, starting values, draws. */
  readonly seed: number
  /** What of the catalogue's `worksWhen` was replaced, and why: a wrong threshold, a size that takes a cluster. */
  readonly changed?: string
  run(lab: Lab): Promise<{
    readonly claims: readonly Claim[]
    /** What was found, in one sentence with its figures. */
    readonly sentence: string
  }>
}

/** One thing that a paper says, with what was measured for it. */
export interface Claim {
  readonly says: string
  readonly figures: readonly Figure[]
  /** `planned` where it needs what is not built yet. */
  readonly holds: boolean | 'planned'
  /** Why it does not hold, or is planned. */
  readonly because?: string
}

export interface Figure {
  readonly name: string
  readonly value: number
  /** How far a rerun on another machine may lie from it: rounding moves trainings, and clocks vary. */
  readonly tolerance: number
}

export type Verdict = 'holds' | 'partly' | 'does not hold'

/** What demonstrations work with. */
export interface Lab {
  readonly seed: number
  /** Path of the corpus of plays that comes with the package. */
  readonly text: string
  /** Aborted when the user stops. */
  readonly signal?: AbortSignal
  /** Tells the user what is being done. */
  progress(message: string): void
  /** An executor of one thread for all that is done in a row; results do not depend on the machine's cores. */
  readonly executor: Executor
  /** Runs `work` for each item, two at a time on executors of their own, and gives the results in order. */
  each<T, R>(items: readonly T[], work: (item: T, lab: Lab) => Promise<R>): Promise<R[]>
}

/** What is stored of a run, and shown. */
export interface DemonstrationResult {
  readonly id: string
  /** The command that made it. */
  readonly command: string
  readonly seed: number
  readonly verdict: Verdict
  readonly sentence: string
  readonly claims: readonly Claim[]
  readonly changed?: string
  readonly seconds: number
}

/** All claims that could be measured hold, some do, or none. */
export function verdictOf(claims: readonly Claim[]): Verdict {
  const measured = claims.filter(({ holds }) => holds !== 'planned')
  const holding = measured.filter(({ holds }) => holds === true)
  if (holding.length === 0) return 'does not hold'
  return holding.length === measured.length ? 'holds' : 'partly'
}

/** Whether a rerun has the same figures within their stored tolerances, and the same verdict. */
export function withinTolerance(rerun: DemonstrationResult, stored: DemonstrationResult): boolean {
  const figures = ({ claims }: DemonstrationResult) => claims.flatMap((claim) => claim.figures)
  const known = new Map(figures(stored).map((figure) => [figure.name, figure]))
  const found = figures(rerun)
  return (
    rerun.verdict === stored.verdict &&
    found.length === known.size &&
    found.every(({ name, value }) => {
      const before = known.get(name)
      return before !== undefined && Math.abs(value - before.value) <= before.tolerance
    })
  )
}
