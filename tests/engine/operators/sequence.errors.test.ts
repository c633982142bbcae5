/** Errors of operators along time, and of random draws. */
import { conv1d, depthwiseConv1d } from '#seqlab/engine/operators/convolution.js'
import { cumulativeMax, cumulativeSum } from '#seqlab/engine/operators/cumulative.js'
import { fft, irfft, rfft } from '#seqlab/engine/operators/fourier.js'
import { bernoulli, foldIn, randomInteger, randomKey, uniform } from '#seqlab/engine/operators/random.js'
import { linearRecurrence } from '#seqlab/engine/operators/recurrence.js'
import { unitLowerInverse } from '#seqlab/engine/operators/triangular.js'
import { bool, f32, i32, testErrors } from './errors.js'

testErrors(import.meta.url, [
  [
    'linearRecurrence',
    'a decay that does not broadcast',
    [f32(5, 2), f32(5, 3)],
    (decay, x) => linearRecurrence(decay, x, undefined, { axis: 0 }),
    ['f32[5, 2]', 'f32[5, 3]'],
  ],
  [
    'linearRecurrence',
    'a decay larger than the inputs',
    [f32(2, 5, 3), f32(5, 3)],
    (decay, x) => linearRecurrence(decay, x, undefined, { axis: 0 }),
    ['f32[2, 5, 3]', 'f32[5, 3]'],
  ],
  [
    'linearRecurrence',
    'an initial state with the axis',
    [f32(5, 3), f32(5, 3)],
    (decay, x) => linearRecurrence(decay, x, x, { axis: 0 }),
    ['f32[5, 3]', 'axis 0'],
  ],
  [
    'linearRecurrence',
    'integers',
    [f32(5), i32(5)],
    (decay, x) => linearRecurrence(decay, x, undefined, { axis: 0 }),
    ['i32[5]'],
  ],
  ['cumulativeSum', 'booleans', [bool(3)], (x) => cumulativeSum(x, 0), ['bool[3]']],
  ['cumulativeMax', 'an axis out of range', [f32(3)], (x) => cumulativeMax(x, 1), ['1']],
  ['unitLowerInverse', 'a matrix that is not square', [f32(2, 3, 4)], (x) => unitLowerInverse(x), ['f32[2, 3, 4]']],
  ['conv1d', 'a sequence without batches', [f32(5, 2), f32(3, 2, 2)], (x, k) => conv1d(x, k), ['f32[5, 2]']],
  [
    'conv1d',
    'a kernel of other channels',
    [f32(2, 5, 4), f32(3, 4, 6)],
    (x, k) => conv1d(x, k, { groups: 2 }),
    ['f32[2, 5, 4]', 'f32[3, 4, 6]', '[K, 2, Cout]'],
  ],
  [
    'conv1d',
    'a stride of nothing',
    [f32(2, 5, 4), f32(3, 4, 6)],
    (x, k) => conv1d(x, k, { stride: 0 }),
    ['stride', '0'],
  ],
  [
    'conv1d',
    'fewer positions than taps',
    [f32(2, 5, 4), f32(3, 4, 6)],
    (x, k) => conv1d(x, k, { dilation: 3, padding: 'valid' }),
    ['7', 'f32[2, 5, 4]'],
  ],
  [
    'depthwiseConv1d',
    'a kernel of other channels',
    [f32(2, 5, 4), f32(3, 2)],
    (x, k) => depthwiseConv1d(x, k),
    ['f32[2, 5, 4]', 'f32[3, 2]'],
  ],
  ['fft', 'parts of different shape', [f32(4), f32(5)], (re, im) => fft({ re, im }), ['f32[4]', 'f32[5]']],
  ['fft', 'a length that is a large prime', [f32(4099)], (x) => rfft(x), ['4099', '6144']],
  ['rfft', 'a length that cuts the signal off', [f32(8)], (x) => rfft(x, 4), ['f32[8]', '4']],
  ['irfft', 'a spectrum of another length', [f32(4), f32(4)], (re, im) => irfft({ re, im }, 8), ['f32[4]', '8', '5']],
  ['randomBits', 'a key of another shape', [i32(3)], (key) => uniform(key, [2]), ['i32[3]', 'randomKey']],
  ['randomBits', 'a real number to fold in', [i32(2), f32()], (key, x) => foldIn(key, x), ['f32[]']],
  ['foldIn', 'a fraction to fold in', [i32(2)], (key) => foldIn(key, 0.5), ['0.5']],
  ['randomKey', 'half a seed', [], () => randomKey(0.5), ['0.5']],
  ['bernoulli', 'a probability above one', [i32(2)], (key) => bernoulli(key, 1.5, [2]), ['1.5']],
  ['randomInteger', 'an empty range', [i32(2)], (key) => randomInteger(key, [2], 3, 3), ['3']],
])
