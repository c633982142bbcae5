/** Errors of reductions and norms. */
import { layerNorm, logSoftmax, rmsNorm, softmax } from '#seqlab/engine/operators/normalization.js'
import { argMax, logSumExp, max, mean, sum } from '#seqlab/engine/operators/reduce.js'
import { bool, f32, i32, testErrors } from './errors.js'

testErrors(import.meta.url, [
  ['sum', 'booleans', [bool(3)], (x) => sum(x), ['bool[3]', 'cast']],
  ['sum', 'an axis out of range', [f32(2, 3)], (x) => sum(x, 2), ['f32[2, 3]', '2']],
  ['sum', 'an axis twice', [f32(2, 3)], (x) => sum(x, [1, -1]), ['f32[2, 3]']],
  ['max', 'an axis that is no integer', [f32(2, 3)], (x) => max(x, 0.5), ['f32[2, 3]', '0.5']],
  ['mean', 'integers', [i32(2, 3)], (x) => mean(x), ['i32[2, 3]']],
  ['mean', 'an axis out of range', [f32(2, 3)], (x) => mean(x, -3), ['f32[2, 3]', '-3']],
  ['sum', 'an axis of a single number', [f32()], (x) => sum(x, 0), ['f32[]']],
  ['argMax', 'an axis without values', [f32(2, 0)], (x) => argMax(x, 1), ['f32[2, 0]', '1']],
  ['logSumExp', 'integers', [i32(3)], (x) => logSumExp(x, 0), ['i32[3]']],
  ['argMax', 'an axis out of range', [f32(2, 3)], (x) => argMax(x, 2), ['f32[2, 3]', '2']],
  ['argMax', 'booleans', [bool(3)], (x) => argMax(x, 0), ['bool[3]']],
  ['logSumExp', 'an axis out of range', [f32(2, 3)], (x) => logSumExp(x, 2), ['f32[2, 3]', '2']],
  ['softmax', 'an axis out of range', [f32(2, 3)], (x) => softmax(x, 2), ['f32[2, 3]', '2']],
  ['softmax', 'integers', [i32(2, 3)], (x) => softmax(x), ['i32[2, 3]']],
  ['logSoftmax', 'integers', [i32(2, 3)], (x) => logSoftmax(x), ['i32[2, 3]']],
  [
    'layerNorm',
    'a scale of another width',
    [f32(2, 3), f32(4), f32(3)],
    (x, scale, shift) => layerNorm(x, scale, shift),
    ['f32[2, 3]', 'f32[4]', 'f32[3]'],
  ],
  [
    'layerNorm',
    'rows without values',
    [f32(2, 0), f32(0), f32(0)],
    (x, scale, shift) => layerNorm(x, scale, shift),
    ['f32[2, 0]'],
  ],
  [
    'layerNorm',
    'integers',
    [i32(2, 3), f32(3), f32(3)],
    (x, scale, shift) => layerNorm(x, scale, shift),
    ['i32[2, 3]'],
  ],
  [
    'rmsNorm|mul',
    'a scale of another width',
    [f32(2, 3), f32(4)],
    (x, scale) => rmsNorm(x, scale),
    ['f32[2, 3]', 'f32[4]'],
  ],
])
