/** Errors of operators that work element by element. */
import { add, and, equal, greater, sub } from '#seqlab/engine/operators/elementwise.js'
import { where } from '#seqlab/engine/operators/selection.js'
import { exp, not } from '#seqlab/engine/operators/unary.js'
import { bool, f32, i32, testErrors } from './errors.js'

testErrors(import.meta.url, [
  ['add', 'shapes that do not broadcast', [f32(2, 3), f32(2)], (a, b) => add(a, b), ['f32[2, 3]', 'f32[2]']],
  ['add', 'two types', [f32(2), i32(2)], (a, b) => add(a, b), ['f32[2]', 'i32[2]', 'cast']],
  ['add', 'a fraction for integers', [i32(2)], (a) => add(a, 0.5), ['0.5']],
  ['sub', 'a number beyond 32 bits', [i32(2)], (a) => sub(2 ** 31, a), ['2147483648', 'i32']],
  ['equal', 'a number for booleans', [bool(2)], (a) => equal(a, 2), ['2', '0 or 1', 'bool']],
  ['where', 'a fraction for integers', [bool(2), i32(2)], (c, a) => where(c, a, 0.5), ['0.5', 'i32']],
  ['and', 'logic on numbers', [f32(2), f32(2)], (a, b) => and(a, b), ['bool', 'f32[2]']],
  ['greater', 'an order of booleans', [bool(2), bool(2)], (a, b) => greater(a, b), ['bool[2]']],
  ['exp', 'a function of integers', [i32(2)], (a) => exp(a), ['f32', 'i32[2]']],
  ['not', 'not of numbers', [f32(2)], (a) => not(a), ['bool', 'f32[2]']],
  ['where', 'a condition that is no boolean', [f32(2), f32(2)], (a, b) => where(a, b, 0), ['bool', 'f32[2]']],
  ['where', 'branches of two types', [bool(2), f32(2), i32(2)], (c, a, b) => where(c, a, b), ['f32[2]', 'i32[2]']],
  ['where', 'branches that do not broadcast', [bool(2), f32(3)], (c, a) => where(c, a, 0), ['bool[2]', 'f32[3]']],
])
