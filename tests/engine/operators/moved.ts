/** What the tables of operators that only move numbers share. */
import { mul } from '#seqlab/engine/operators/elementwise.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'

/** Squares on either side, so that second derivatives are not all zero. */
export const squared = (x: Tensor) => mul(x, x)

/** The same operator on the other types. */
export const integral = (name: string, fn: (x: Tensor) => Tensor | readonly Tensor[]): OperatorCase[] => [
  { name: `${name}: integers`, inputs: (r) => [r.integers([4, 6], -9, 9)], fn },
  { name: `${name}: booleans`, inputs: (r) => [r.booleans([4, 6])], fn },
]
