/** Bounded loops without a gradient of their own, and names. */

import { checkpoint, name, scope } from '#seqlab/engine/operators/control.js'
import { add, less, mul } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { max, sum } from '#seqlab/engine/operators/reduce.js'
import { cast } from '#seqlab/engine/operators/selection.js'
import { exp, sin, tanh } from '#seqlab/engine/operators/unary.js'
import { boundedWhile } from '#seqlab/engine/operators/while.js'
import type { OperatorCase } from '../harness.js'
import { f32, i32 } from '../random.js'

export const cases: OperatorCase[] = [
  {
    name: 'boundedWhile: until a condition fails',
    inputs: () => [i32([], [1]), i32([], [100])],
    fn: (x, top) =>
      boundedWhile(
        (x) => less(x, top),
        (x) => [mul(x, 3)],
        [x],
        50,
      ),
    expected: () => [[243]],
  },
  {
    name: 'boundedWhile: stopped by its limit',
    inputs: () => [i32([], [1])],
    fn: (x) =>
      boundedWhile(
        (x) => less(x, 100),
        (x) => [mul(x, 3)],
        [x],
        2,
      ),
    expected: () => [[9]],
  },
  {
    name: 'boundedWhile: not entered',
    inputs: () => [i32([], [200]), f32([2], [1, 2])],
    fn: (x, y) =>
      boundedWhile(
        (x) => less(x, 100),
        (x, y) => [mul(x, 3), exp(y)],
        [x, y],
        5,
      ),
    differentiable: false,
    expected: () => [[200], [1, 2]],
  },
  {
    name: 'boundedWhile: a limit of 0',
    inputs: () => [i32([], [1])],
    fn: (x) =>
      boundedWhile(
        (x) => less(x, 100),
        (x) => [mul(x, 3)],
        [x],
        0,
      ),
    expected: () => [[1]],
  },
  {
    name: 'boundedWhile: several values and captures',
    inputs: (r) => [r.normal([2, 2]), r.normal([2, 2], 0.5)],
    fn: (x, weight) =>
      boundedWhile(
        (_, count) => less(count, 6),
        (x, count) => [tanh(matmul(x, weight)), add(count, 1)],
        [x, cast(sum(mul(x, 0)), 'i32')],
        10,
      ),
    differentiable: false,
  },
  {
    name: 'boundedWhile: inside a bounded loop',
    inputs: () => [i32([], [0]), i32([], [4])],
    fn: (x, rows) =>
      boundedWhile(
        (_, row) => less(row, rows),
        (x, row) => [
          boundedWhile(
            (_, column) => less(column, row),
            (x, column) => [add(x, 1), add(column, 1)],
            [x, mul(row, 0)],
            10,
          )[0],
          add(row, 1),
        ],
        [x, mul(x, 0)],
        10,
      ),
    expected: () => [[6], [4]],
  },
  {
    name: 'boundedWhile: a checkpoint in its body',
    inputs: (r) => [r.normal([3])],
    fn: (x) =>
      boundedWhile(
        (x) => less(max(x), 3),
        (x) => checkpoint((x) => [add(exp(x), 0.1)], [x]),
        [x],
        20,
      ),
    differentiable: false,
  },
  { name: 'name: passes the value', inputs: (r) => [r.normal([3])], fn: (x) => exp(name(sin(x), 'wave')) },
  {
    name: 'scope: passes the value',
    inputs: (r) => [r.normal([3])],
    fn: (x) => scope('outer', () => exp(name(sin(x), 'wave'))),
  },
]
