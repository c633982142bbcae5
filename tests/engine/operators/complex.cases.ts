/** Pairs of reals as complex numbers. */
import {
  type Complex,
  complex,
  complexAbs,
  complexAdd,
  complexConj,
  complexDiv,
  complexExp,
  complexMul,
  complexScale,
  complexSquaredAbs,
  complexSub,
  polar,
} from '#seqlab/engine/operators/complex.js'
import { sin } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { squared } from './moved.js'
import { f32, type Random } from './random.js'

const parts = ({ re, im }: Complex): Tensor[] => [sin(re), sin(im)]
const numbers = (r: Random) => [r.normal([2, 3]), r.normal([2, 3]), r.uniform([3], 1, 2), r.normal([3])]

const unary = (name: string, fn: (x: Complex) => Complex | Tensor): OperatorCase => ({
  name,
  inputs: (r) => numbers(r).slice(2),
  fn: (re, im) => {
    const y = fn({ re, im })
    return 're' in y ? parts(y) : y
  },
})
const binary = (name: string, fn: (a: Complex, b: Complex) => Complex): OperatorCase => ({
  name,
  inputs: numbers,
  fn: (a, b, c, d) => parts(fn({ re: a, im: b }, { re: c, im: d })),
})
const byHand = (name: string, fn: (a: Complex, b: Complex) => Complex, re: number, im: number): OperatorCase => ({
  name: `${name}: by hand`,
  inputs: () => [1, 2, 3, -4].map((value) => f32([], [value])),
  fn: (a, b, c, d) => {
    const y = fn({ re: a, im: b }, { re: c, im: d })
    return [y.re, y.im]
  },
  expected: () => [[re], [im]],
})

export const cases: OperatorCase[] = [
  binary('complexAdd', complexAdd),
  binary('complexSub', complexSub),
  binary('complexMul', complexMul),
  binary('complexDiv', complexDiv),
  unary('complexConj', complexConj),
  unary('complexExp', complexExp),
  unary('complexScale', (x) => complexScale(complexScale(x, -2), x.re)),
  unary('complexAbs', complexAbs),
  unary('complexSquaredAbs', complexSquaredAbs),
  unary('polar', ({ re, im }) => polar(re, im)),
  {
    name: 'complex: with and without an imaginary part',
    inputs: (r) => [r.normal([3]), r.normal([3])],
    fn: (re, im) => [...parts(complex(squared(re), im)), ...parts(complex(re))],
  },
  byHand('complexAdd', complexAdd, 4, -2),
  byHand('complexSub', complexSub, -2, 6),
  byHand('complexMul', complexMul, 11, 2),
  byHand('complexDiv', complexDiv, -0.2, 0.4),
]
