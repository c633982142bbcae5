/** Errors of products. */
import { einsum } from '#seqlab/engine/operators/einsum.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { f32, i32, testErrors } from './errors.js'

testErrors(import.meta.url, [
  ['matmul', 'inner extents that differ', [f32(2, 3), f32(4, 5)], (a, b) => matmul(a, b), ['f32[2, 3]', 'f32[4, 5]']],
  [
    'matmul',
    'inner extents that differ once transposed',
    [f32(2, 3), f32(3, 5)],
    (a, b) => matmul(a, b, { transposeA: true }),
    ['f32[2, 3]', 'f32[3, 5]', 'transposed'],
  ],
  [
    'matmul',
    'batches that do not broadcast',
    [f32(2, 3, 4), f32(3, 4, 5)],
    (a, b) => matmul(a, b),
    ['f32[2, 3, 4]', 'f32[3, 4, 5]'],
  ],
  ['matmul', 'a vector', [f32(2, 3), f32(3)], (a, b) => matmul(a, b), ['f32[2, 3]', 'f32[3]']],
  ['matmul', 'integers', [i32(2, 3), i32(3, 2)], (a, b) => matmul(a, b), ['i32[2, 3]', 'i32[3, 2]']],
  ['einsum', 'a formula without a result', [f32(2, 3)], (x) => einsum('ab', x), ['"ab"']],
  ['einsum', 'a term too many', [f32(2, 3)], (x) => einsum('ab,bc->ac', x), ['"ab,bc->ac"']],
  ['einsum', 'a letter too few', [f32(2, 3)], (x) => einsum('a->a', x), ['"a"', 'f32[2, 3]']],
  ['einsum', 'a letter twice in an operand', [f32(3, 3)], (x) => einsum('aa->a', x), ['"aa"', 'f32[3, 3]']],
  [
    'einsum',
    'a letter with two extents',
    [f32(2, 3), f32(4, 5)],
    (a, b) => einsum('ab,bc->ac', a, b),
    ['b', '3', '4', '"ab,bc->ac"'],
  ],
  ['einsum', 'a letter that no operand has', [f32(2, 3)], (x) => einsum('ab->ac', x), ['"ac"']],
  ['einsum', 'a letter twice in the result', [f32(2, 3)], (x) => einsum('ab->aba', x), ['f32[2, 3]']],
])
