/** What the page of a paper and its worker say to each other. */
import type { DemonstrationResult } from 'seqlab/papers'

export type Ask =
  /** Check what these files define. */
  | { readonly kind: 'check'; readonly files: readonly string[] }
  | { readonly kind: 'demonstrate'; readonly id: string; readonly stored: DemonstrationResult }

export interface CheckRow {
  readonly name: string
  readonly maxError: number
  readonly limit: number
  readonly pass: boolean
  readonly where: string
}

export type Tell =
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'checked'; readonly mechanism: string; readonly checks: readonly CheckRow[] }
  | { readonly kind: 'found'; readonly result: DemonstrationResult; readonly within: boolean }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string }
