/** What a study measured: mechanisms × tasks, each tuned alike, each from several seeds. Plain JSON: report.json is this. */

import type { PublishedFigure } from '../../tasks/index.js'
import type { DifficultyPoint, JobCurvePoint, JobResult, JobSpec, Score } from '../jobs/job.js'
import type { DecodePoint } from '../report/types.js'

export interface StudyReport {
  readonly title: string
  /** What was asked, in a sentence or two. */
  readonly question: string
  /** The command line that repeats it. */
  readonly command: string
  readonly version: string
  readonly machine: {
    readonly cpu: string
    readonly threads: number
    readonly workers: number
    readonly runtime: string
  }
  readonly tasks: readonly StudiedTask[]
  /** Mechanisms in the order that colours follow. */
  readonly mechanisms: readonly string[]
  /** What was equal, in words; the number is steps, training FLOPs or seconds. */
  readonly budget: { readonly kind: 'steps' | 'flops' | 'time'; readonly value: number; readonly text: string }
  /** Rates that everyone was tried at, on how many seeds, and what chose among them. */
  readonly search: { readonly rates: readonly number[]; readonly seeds: readonly number[]; readonly chosenBy: string }
  readonly seeds: readonly number[]
  readonly entries: readonly StudyEntry[]
  /** Paired differences between mechanisms over seeds, by task. */
  readonly pairs: readonly PairedDifference[]
}

export interface StudiedTask {
  /** As jobs name it, with its settings: unique in the report. */
  readonly key: string
  readonly id: string
  readonly title: string
  readonly shows: string
  readonly metric: JobResult['metric']
  readonly higherIsBetter: boolean
  readonly chance: number
  readonly settings: Readonly<Record<string, unknown>>
  readonly difficulty: string | null
  readonly bound?: number
  readonly published: readonly PublishedFigure[]
}

/** One mechanism on one task at one size. */
export interface StudyEntry {
  readonly mechanism: string
  readonly task: string
  /** Width and layers, for example. Equal for all where the study has one size. */
  readonly size: Readonly<Record<string, number>>
  readonly params: number
  readonly flopsPerToken: number
  readonly stateBytes: number
  /** The chosen one. */
  readonly rate: number
  readonly tried: readonly {
    readonly rate: number
    readonly seed: number
    readonly score: number
    readonly loss: number
  }[]
  /** Mean over seeds with its 95 % interval (t distribution). */
  readonly score: Score
  readonly best: number
  readonly loss: Score
  readonly tokensPerSecond: number
  readonly peakRssMiB: number
  readonly runs: readonly StudyRun[]
  readonly configuration: unknown
}

/** One seed's run at the chosen rate. */
export interface StudyRun {
  readonly id: string
  readonly seed: number
  readonly spec: JobSpec
  readonly score: Score
  readonly loss: number
  readonly steps: number
  readonly tokens: number
  readonly seconds: number
  readonly solvedAt: number | null
  readonly byDifficulty: readonly DifficultyPoint[]
  readonly byPosition: readonly { readonly position: number; readonly loss: number }[]
  readonly curve: readonly JobCurvePoint[]
  readonly decode: readonly DecodePoint[]
}

export interface PairedDifference {
  readonly task: string
  readonly size: Readonly<Record<string, number>>
  readonly first: string
  readonly second: string
  /** Mean of first − second over seeds with its 95 % interval. */
  readonly difference: Score
}
