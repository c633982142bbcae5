/** Errors of indexing and sorting, while tracing and of indices that stray. */
import { describe, expect, it } from 'vitest'
import { gather, gatherElements, scatterAdd, scatterAddElements } from '#seqlab/engine/operators/indexing.js'
import { argSort, topK } from '#seqlab/engine/operators/sort.js'
import { runReference } from '#seqlab/engine/reference.js'
import { trace } from '#seqlab/engine/trace.js'
import { bool, f32, failure, i32, testErrors } from './errors.js'
import { i32 as integers, f32 as numbers } from './random.js'

testErrors(import.meta.url, [
  ['gather', 'real indices', [f32(4, 2), f32(3)], (x, i) => gather(x, i, 0), ['f32[4, 2]', 'f32[3]', 'i32']],
  ['gather', 'an axis out of range', [f32(4, 2), i32(3)], (x, i) => gather(x, i, 2), ['2']],
  [
    'scatterAdd',
    'updates of another shape',
    [f32(4, 2), i32(3), f32(2, 3)],
    (x, i, u) => scatterAdd(x, i, u, 0),
    ['f32[4, 2]', 'i32[3]', '[3, 2]', 'f32[2, 3]'],
  ],
  [
    'scatterAdd',
    'updates of another type',
    [f32(4), i32(3), i32(3)],
    (x, i, u) => scatterAdd(x, i, u, 0),
    ['f32[4]', 'i32[3]'],
  ],
  ['scatterAdd', 'booleans', [bool(4), i32(3), bool(3)], (x, i, u) => scatterAdd(x, i, u, 0), ['bool[4]']],
  [
    'gatherElements',
    'indices of another shape across',
    [f32(4, 2), i32(4, 3)],
    (x, i) => gatherElements(x, i, 0),
    ['f32[4, 2]', 'i32[4, 3]', 'axis 0'],
  ],
  [
    'gatherElements',
    'indices of another rank',
    [f32(4, 2), i32(4)],
    (x, i) => gatherElements(x, i, 0),
    ['f32[4, 2]', 'i32[4]'],
  ],
  [
    'scatterAddElements',
    'updates of another shape',
    [f32(4, 2), i32(3, 2), f32(4, 2)],
    (x, i, u) => scatterAddElements(x, i, u, 0),
    ['[3, 2]', 'f32[4, 2]'],
  ],
  ['topK', 'more than there are', [f32(4, 2)], (x) => topK(x, 5, 0), ['5', '4', 'f32[4, 2]']],
  ['topK', 'half a value', [f32(4, 2)], (x) => topK(x, 1.5, 0), ['1.5']],
  ['topK', 'booleans', [bool(4)], (x) => topK(x, 1, 0), ['bool[4]']],
  ['argSort', 'an axis out of range', [f32(4, 2)], (x) => argSort(x, 2), ['2']],
])

describe('the reference executor', () => {
  it.each([-1, 3])('names an index that strays: %i', (stray) => {
    const data = [numbers([3], [1, 2, 3]), integers([2], [0, stray])]
    const [x, indices] = data.map(({ shape, dtype }) => ({ shape, dtype }))
    const run = (operator: typeof gather) => () =>
      runReference(
        trace((a, b) => operator(a, b, 0), x, indices),
        data,
      )
    expect(failure(run(gather)).message).toBe(`gather: indices must be within 0 … 2, got ${stray}`)
    expect(failure(run(gatherElements)).message).toBe(`gatherElements: indices must be within 0 … 2, got ${stray}`)
  })
})
