/** Programs that simplification rewrites: every rule where it applies, and where it nearly does. */
import { constant, scalar } from '#seqlab/engine/operators/constant.js'
import { add, div, less, maximum, mul, sub } from '#seqlab/engine/operators/elementwise.js'
import { matmul } from '#seqlab/engine/operators/matmul.js'
import { concat, pad, slice } from '#seqlab/engine/operators/parts.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { cast, where } from '#seqlab/engine/operators/selection.js'
import { broadcastTo, full, reshape, transpose, zeros } from '#seqlab/engine/operators/shape.js'
import { exp, neg, sin, square } from '#seqlab/engine/operators/unary.js'
import type { OperatorCase } from '../harness.js'
import { f32, i32 } from '../random.js'

export const cases: OperatorCase[] = [
  {
    name: 'simplify: neutral elements',
    inputs: (r) => [r.normal([2, 3])],
    fn: (x) => [add(x, 0), sub(x, 0), mul(1, x), div(x, 1), add(zeros([2, 3]), exp(x)), mul(full([3], 1), x)],
  },
  {
    name: 'simplify: neutral elements that broadcast',
    inputs: (r) => [r.normal([3])],
    fn: (x) => [add(x, zeros([2, 3])), mul(full([2, 1], 1), x), sub(x, zeros([1, 1])), div(x, full([2, 3], 1))],
  },
  {
    name: 'simplify: neutral integers',
    inputs: () => [i32([2], [5, -7])],
    fn: (x) => [add(x, 0), mul(x, 1), mul(x, 0), sub(0, x), div(x, 1)],
    expected: () => [
      [5, -7],
      [5, -7],
      [0, 0],
      [-5, 7],
      [5, -7],
    ],
  },
  {
    name: 'simplify: signs',
    inputs: (r) => [r.normal([2, 3]), r.normal([3])],
    fn: (x, y) => [
      neg(neg(x)),
      add(x, neg(y)),
      add(neg(y), x),
      sub(0, x),
      sub(zeros([2, 3]), y),
      sub(scalar(0), y),
      add(y, neg(exp(x))),
    ],
  },
  {
    name: 'simplify: factors joined',
    inputs: (r) => [r.normal([3])],
    fn: (x) => [mul(mul(x, 2), 3), mul(0.5, mul(4, x)), mul(mul(mul(x, 2), x), 3)],
  },
  {
    name: 'simplify: factors of higher rank joined',
    inputs: (r) => [r.normal([3])],
    fn: (x) => [
      mul(constant([2], [1, 1]), mul(x, 3)),
      mul(2, mul(x, constant([3], [1, 1, 1]))),
      mul(constant([2], [1]), mul(sum(x), 3)),
    ],
  },
  {
    name: 'simplify: products with zero',
    inputs: (r) => [r.normal([2, 3]), r.normal([3, 2])],
    fn: (x, y) => [mul(x, 0), mul(zeros([4, 1, 1]), x), matmul(zeros([5, 2]), x), matmul(x, mul(y, 0))],
  },
  {
    name: 'simplify: one value summed, turned and cut',
    inputs: (r) => [r.normal([2, 3]), r.normal([4, 2, 3])],
    fn: (x, y) => {
      const [none, twos] = [mul(y, 0), full([4, 2, 3], 2)]
      return [
        add(sum(none, 0), x),
        add(sum(none), x),
        add(sum(twos, [0]), x),
        sum(mul(transpose(twos, [2, 0, 1]), transpose(y, [2, 0, 1])), 0),
        mul(slice(twos, 0, 1, 2), x),
        mul(slice(none, 0, 0, 1), x),
      ]
    },
  },
  {
    name: 'simplify: broadcasts that operators do themselves',
    inputs: (r) => [r.normal([3]), r.normal([2, 3]), r.normal([])],
    fn: (x, y, z) => {
      const wide = broadcastTo(x, [2, 3])
      return [
        add(wide, y),
        mul(y, broadcastTo(z, [2, 3])),
        maximum(wide, broadcastTo(z, [2, 3])),
        where(less(y, 0), wide, broadcastTo(z, [2, 3])),
        where(broadcastTo(less(x, 0), [2, 3]), 1, 0),
        div(wide, add(square(broadcastTo(z, [2, 3])), 1)),
      ]
    },
  },
  {
    name: 'simplify: broadcasts that alone give the shape',
    inputs: (r) => [r.normal([3]), r.normal([])],
    fn: (x, y) => [
      add(broadcastTo(x, [2, 3]), x),
      mul(broadcastTo(x, [2, 3]), broadcastTo(y, [2, 3])),
      sub(broadcastTo(y, [4]), y),
      broadcastTo(broadcastTo(x, [2, 3]), [5, 2, 3]),
    ],
  },
  {
    name: 'simplify: reshapes and transposes that undo one another',
    inputs: (r) => [r.normal([2, 3, 4])],
    fn: (x) => [
      reshape(reshape(x, [6, 4]), [2, 3, 4]),
      reshape(reshape(square(x), [24]), [4, 6]),
      transpose(transpose(x, [2, 0, 1]), [1, 2, 0]),
      transpose(transpose(x, [2, 0, 1]), [2, 0, 1]),
    ],
  },
  {
    name: 'simplify: transposes inside products',
    inputs: (r) => [r.normal([4, 3]), r.normal([5, 4]), r.normal([2, 4, 3]), r.normal([2, 5, 4])],
    fn: (a, b, c, d) => [
      matmul(transpose(a), transpose(b)),
      matmul(transpose(c), transpose(d)),
      matmul(transpose(c), transpose(b)),
      matmul(transpose(a), a),
      matmul(transpose(transpose(c, [0, 2, 1])), transpose(c), { scale: 0.5 }),
    ],
  },
  {
    name: 'simplify: transposes inside products that are transposed already',
    inputs: (r) => [r.normal([4, 3]), r.normal([2, 3, 4])],
    fn: (a, b) => [
      matmul(transpose(a), a, { transposeA: true, transposeB: true }),
      matmul(transpose(b), a, { transposeA: true, transposeB: false }),
      matmul(b, transpose(a), { transposeB: true }),
    ],
  },
  {
    name: 'simplify: a transpose of the leading axes before a product stays',
    inputs: (r) => [r.normal([3, 2, 4]), r.normal([2, 4, 3])],
    fn: (a, b) => [matmul(transpose(a, [1, 0, 2]), b), matmul(transpose(b, [2, 0, 1]), transpose(b, [2, 1, 0]))],
  },
  {
    name: 'simplify: empty parts',
    inputs: (r) => [r.normal([2, 3]), r.normal([2, 0])],
    fn: (x, y) => [concat([y, x, y], 1), concat([y, y], 1), concat([slice(x, 1, 1, 1), square(x)], 1)],
  },
  {
    name: 'simplify: constants of every type folded',
    inputs: () => [f32([2], [1, 2])],
    fn: (x) => {
      const count = add(constant(Int32Array.of(2 ** 31 - 1, 3)), 1)
      const flags = less(constant([1, 3]), 2)
      return [
        count,
        flags,
        where(flags, x, cast(count, 'f32')),
        mul(x, exp(constant([0.1, 0.2]))),
        pad(constant([1]), 0, 1, 1, -Infinity),
        cast(constant([2.9, -2.9]), 'i32'),
      ]
    },
    kinks: 'infinite values',
  },
  {
    name: 'simplify: equal values merged, unequal ones not',
    inputs: (r) => [r.normal([2, 2])],
    fn: (x) => [
      add(sin(x), sin(x)),
      add(transpose(sin(x)), sin(x)),
      sub(sum(x, 0), sum(x, 1)),
      mul(slice(x, 0, 0, 1), slice(x, 0, 1, 2)),
      add(pad(x, 0, 1, 0), pad(x, 0, 0, 1)),
      sub(matmul(x, x), matmul(x, x, { scale: 1.5 })),
    ],
  },
  {
    name: 'simplify: attributes that JSON cannot tell apart',
    inputs: () => [f32([1], [1])],
    fn: (x) => [
      pad(x, 0, 1, 0, -Infinity),
      pad(x, 0, 1, 0, Infinity),
      pad(x, 0, 1, 0, Number.NaN),
      div(1, pad(x, 0, 1, 0, 0)),
      div(1, pad(x, 0, 1, 0, -0)),
    ],
    differentiable: false,
    expected: () => [
      [-Infinity, 1],
      [Infinity, 1],
      [Number.NaN, 1],
      [Infinity, 1],
      [-Infinity, 1],
    ],
  },
  {
    name: 'simplify: outputs that are inputs, constants and one another',
    inputs: (r) => [r.normal([2])],
    fn: (x) => {
      const y = sin(x)
      return [x, y, y, x, scalar(2), add(x, 0), neg(neg(y))]
    },
  },
]
