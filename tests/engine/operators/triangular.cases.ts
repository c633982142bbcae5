/** The unit-triangular inverse: one block, pairs of blocks, odd sizes, and keys that are nearly alike. */

import { unitLowerInverse } from '#seqlab/engine/operators/triangular.js'
import { sin } from '#seqlab/engine/operators/unary.js'
import type { OperatorCase } from './harness.js'
import { f32, type Random } from './random.js'

/** β_i k_i·k_j of unit keys with the given correlation, on every side of the diagonal. */
function overlaps(r: Random, C: number, correlation: number) {
  const width = 64
  const common = r.normal([width]).data
  const keys = Array.from({ length: C }, () => {
    const own = r.normal([width]).data
    const key = Array.from(own, (value, i) => {
      return Math.sqrt(correlation) * common[i] + Math.sqrt(1 - correlation) * value
    })
    const size = Math.hypot(...key)
    return key.map((value) => value / size)
  })
  const values = keys.flatMap((a) => {
    const beta = 0.8 + 0.2 * r.next()
    return keys.map((b) => beta * a.reduce((total, value, i) => total + value * b[i], 0))
  })
  return f32([1, C, C], values)
}

export const cases: OperatorCase[] = [
  ...[1, 2, 3, 8, 16, 17, 20].map(
    (C): OperatorCase => ({
      name: `unitLowerInverse: C = ${C}`,
      inputs: (r) => [r.normal([2, C, C], 1 / Math.sqrt(C))],
      fn: (a) => sin(unitLowerInverse(a)),
    }),
  ),
  ...[32, 48, 65].map(
    (C): OperatorCase => ({
      name: `unitLowerInverse: C = ${C}, without batches`,
      inputs: (r) => [r.normal([C, C], 1 / Math.sqrt(C))],
      fn: (a) => unitLowerInverse(a),
      second: false,
    }),
  ),
  ...[0, 0.7, 0.99].map(
    (correlation): OperatorCase => ({
      name: `unitLowerInverse: 64 keys correlated by ${correlation}`,
      inputs: (r) => [overlaps(r, 64, correlation)],
      fn: (a) => unitLowerInverse(a),
      second: false,
    }),
  ),
  {
    name: 'unitLowerInverse: by hand, whatever stands above',
    inputs: () => [f32([3, 3], [7, 7, Number.NaN, 2, 7, 7, 3, 4, Infinity])],
    fn: (a) => unitLowerInverse(a),
    differentiable: false,
    expected: () => [[1, 0, 0, -2, 1, 0, 5, -4, 1]],
  },
  {
    name: 'unitLowerInverse: no matrices',
    inputs: (r) => [r.normal([0, 4, 4]), r.normal([0, 32, 32])],
    fn: (a, b) => [unitLowerInverse(a), unitLowerInverse(b)],
  },
]
