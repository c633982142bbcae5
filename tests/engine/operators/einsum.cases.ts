/** Einstein summation against loops over every index. */
import { einsum } from '#seqlab/engine/operators/einsum.js'
import { type Shape, stridesOf, type TensorData } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'

const extents: Record<string, number> = { a: 2, b: 2, c: 3, d: 4, e: 3, h: 2, s: 3, t: 4, u: 1 }
const formulas = [
  // one operand
  'ab->ab',
  'ab->ba',
  'abc->cab',
  'ab->a',
  'ab->b',
  'ab->',
  'abcd->db',
  '->',
  // two operands: products, outer and inner, batches in every position, axes that only one has
  'ab,bc->ac',
  'ab,bc->ca',
  'ab,cb->ac',
  'ba,bc->ac',
  'a,b->ab',
  'a,b->ba',
  'a,a->',
  'a,a->a',
  'ab,ab->ab',
  'ab,ab->ba',
  'ab,ab->',
  'ab,b->a',
  'b,ab->a',
  'ab,->ba',
  ',ab->ab',
  'abc,cd->abd',
  'abc,dc->abd',
  'cab,cd->bad',
  'ab,cd->abcd',
  'ab,cd->dbca',
  'abc,bd->a',
  'abcd,bde->aec',
  'bthd,bshd->bhts',
  'bhts,bshd->bthd',
  'bhtd,bhsd->bhts',
  'bthd,hde->bte',
  'ubc,ucd->bd',
  // three and four operands
  'ab,bc,cd->ad',
  'ab,bc,cd->da',
  'a,b,c->abc',
  'ab,ab,ab->a',
  'abc,ad,bd->cd',
  'bhtd,bhsd,bhs->bht',
  'ab,bc,cd,de->ae',
  'a,a,a,a->',
]

export const cases: OperatorCase[] = [
  ...formulas.map(
    (formula): OperatorCase => ({
      name: `einsum: ${formula}`,
      inputs: (random) =>
        formula
          .split('->')[0]
          .split(',')
          .map((term) => random.normal(shapeOf(term))),
      fn: (...operands) => einsum(formula, ...operands),
      expected: (...operands) => [summed(formula, operands)],
    }),
  ),
  {
    name: 'einsum: spaces',
    inputs: (random) => [random.normal([2, 3]), random.normal([3, 4])],
    fn: (x, y) => einsum('a c, c d -> a d', x, y),
  },
  {
    name: 'einsum: an empty axis kept',
    inputs: (random) => [random.normal([0, 3]), random.normal([3, 4])],
    fn: (x, y) => einsum('ab,bc->ca', x, y),
  },
  {
    name: 'einsum: an empty axis summed over',
    inputs: (random) => [random.normal([2, 0]), random.normal([0, 4])],
    fn: (x, y) => einsum('ab,bc->ca', x, y),
  },
  {
    name: 'einsum: large',
    inputs: (random) => [random.normal([2, 64, 4, 16]), random.normal([2, 64, 4, 16])],
    fn: (q, k) => einsum('bthd,bshd->bhts', q, k),
  },
]

function shapeOf(labels: string): Shape {
  return [...labels].map((label) => extents[label])
}

/** Σ over every index of the product of the operands, in one loop over all labels. */
function summed(formula: string, operands: readonly TensorData[]): Float64Array {
  const [left, result] = formula.split('->')
  const labels = [...new Set(left.replaceAll(',', ''))]
  const total = shapeOf(labels.join('')).reduce((product, extent) => product * extent, 1)
  const out = new Float64Array(shapeOf(result).reduce((product, extent) => product * extent, 1))
  const position = (term: string, index: Map<string, number>) => {
    const strides = stridesOf(shapeOf(term))
    return [...term].reduce((sum, label, axis) => sum + index.get(label)! * strides[axis], 0)
  }
  for (let flat = 0; flat < total; flat++) {
    const index = new Map<string, number>()
    let rest = flat
    for (const label of labels) {
      index.set(label, rest % extents[label])
      rest = Math.floor(rest / extents[label])
    }
    const product = left.split(',').reduce((value, term, n) => value * operands[n].data[position(term, index)], 1)
    out[position(result, index)] += product
  }
  return out
}
