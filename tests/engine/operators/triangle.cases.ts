/** Triangles of matrices. */
import { tril, triu } from '#seqlab/engine/operators/shape.js'
import type { OperatorCase } from './harness.js'
import { integral, squared } from './moved.js'
import { f32 } from './random.js'

const triangles = [tril, triu] as const

export const cases: OperatorCase[] = [
  ...triangles.flatMap((fn): OperatorCase[] => [
    ...[-4, -2, -1, 0, 1, 2, 5].map(
      (diagonal): OperatorCase => ({
        name: `${fn.name}: diagonal ${diagonal}`,
        inputs: (r) => [r.normal([3, 4]), r.normal([2, 4, 3])],
        fn: (x, y) => [fn(squared(x), diagonal), fn(y, diagonal)],
      }),
    ),
    {
      name: `${fn.name}: five axes, and none filled`,
      inputs: (r) => [r.normal([1, 2, 1, 3, 3]), r.normal([0, 3])],
      fn: (x, y) => [fn(squared(x)), fn(y)],
    },
    {
      name: `${fn.name}: infinity and NaN outside are dropped, not multiplied`,
      inputs: () => [f32([2, 2], fn === tril ? [1, Infinity, 2, 3] : [1, 2, Number.NaN, 3])],
      fn: (x) => fn(x),
      expected: () => [fn === tril ? [1, 0, 2, 3] : [1, 2, 0, 3]],
    },
    ...integral(fn.name, (x) => fn(x)),
  ]),
]
