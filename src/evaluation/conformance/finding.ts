/** What criteria measure, and how far two computations of the same thing may lie apart. */
import type { TensorData } from '../../engine/index.js'

/** One comparison. */
export interface Finding {
  /** The criterion, as reports name it. */
  readonly check: string
  /** Settings, form, length and value that were compared. */
  readonly where: string
  /** 0 for perfect agreement; {@link unbounded} where something is not a number. */
  readonly error: number
  readonly limit: number
}

/** All findings of one criterion, summed up by the worst. */
export interface Check {
  readonly name: string
  readonly maxError: number
  readonly limit: number
  readonly pass: boolean
  /** Where the worst was found. */
  readonly where: string
}

/** Relative to the reference's largest magnitude. */
export const limits = {
  /** Values in f32 against float64. */
  f32: 1e-5,
  /** Gradients in f32 against float64. */
  f32Gradient: 1e-4,
  /** Two computations in float64. */
  float64: 1e-11,
  /** What must not depend on a change at all, in float64. */
  unchanged: 1e-12,
  /** Gradients against central differences, in float64. */
  differences: 1e-6,
  /** Counts and yes-or-no questions. */
  exact: 0,
} as const

/** The error of a result that is infinite or not a number: larger than any, and it survives JSON. */
export const unbounded = Number.MAX_VALUE

/** Below this magnitude errors count as if the reference had it: 1e-5 of it is 1e-7. */
const smallestScale = 0.01

export type Numbers = ArrayLike<number>

export function magnitude(values: Numbers): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]))
  return most
}

interface Compared {
  /** Which entries count; all by default. */
  readonly counts?: (index: number) => boolean
  /** A magnitude of the reference that counts as the least. */
  readonly floor?: number
}

/** Largest difference over the largest magnitude of `expected`. */
export function relativeError(
  actual: Numbers,
  expected: Numbers,
  { counts, floor = smallestScale }: Compared = {},
): number {
  if (actual.length !== expected.length) return unbounded
  let worst = 0
  let scale = floor
  for (let i = 0; i < expected.length; i++) {
    if (counts && !counts(i)) continue
    if (!Number.isFinite(actual[i]) || !Number.isFinite(expected[i])) return unbounded
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]))
    scale = Math.max(scale, Math.abs(expected[i]))
  }
  return worst / scale
}

/** Compares two tensors of one shape. */
export function tensorError(actual: TensorData, expected: TensorData): number {
  const same = actual.dtype === expected.dtype && String(actual.shape) === String(expected.shape)
  return same ? relativeError(actual.data, expected.data) : unbounded
}

/** 0 if all values are finite. */
export function finiteError(values: Numbers): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return unbounded
  return 0
}

/** Findings by criterion, each summed up by its worst. */
export function summarize(findings: readonly Finding[]): Check[] {
  const worst = new Map<string, Finding>()
  const excess = ({ error, limit }: Finding) => (limit > 0 ? error / limit : error > 0 ? unbounded : 0)
  for (const finding of findings) {
    const known = worst.get(finding.check)
    if (!known || excess(finding) > excess(known)) worst.set(finding.check, finding)
  }
  return [...worst.values()].map(({ check, where, error, limit }) => ({
    name: check,
    maxError: error,
    limit,
    pass: error <= limit,
    where,
  }))
}
