/** Einstein summation, put together from reductions, transposes and one matrix product per pair of operands. */
import { expect } from '../operator.js'
import { describe, type Tensor } from '../tensor.js'
import { matmul } from './matmul.js'
import { sum } from './reduce.js'
import { reshape, transpose } from './shape.js'

interface Labelled {
  readonly tensor: Tensor
  readonly labels: string
}

/**
 * `einsum('bthd,bshd->bhts', q, k)`: axes are named by letters; those absent from the result are summed over.
 * Each letter may stand once in an operand.
 */
export function einsum(formula: string, ...operands: Tensor[]): Tensor {
  const [left, result] = formula.replaceAll(' ', '').split('->')
  const labels = left.split(',')
  expect(result !== undefined && labels.length === operands.length, 'einsum', () => {
    return `"${formula}" must have the form "ab,bc->ac" with one term for each of the ${operands.length} operands`
  })
  const extents = new Map<string, number>()
  operands.forEach((operand, index) => {
    expect(labels[index].length === operand.rank && new Set(labels[index]).size === operand.rank, 'einsum', () => {
      return `"${labels[index]}" must name each axis of ${describe(operand)} once in "${formula}"`
    })
    ;[...labels[index]].forEach((label, axis) => {
      expect((extents.get(label) ?? operand.shape[axis]) === operand.shape[axis], 'einsum', () => {
        return `axis ${label} must have one extent in "${formula}", got ${extents.get(label)} and ${operand.shape[axis]} from ${operands.map(describe).join(', ')}`
      })
      extents.set(label, operand.shape[axis])
    })
  })
  expect([...result].every((label) => extents.has(label)) && new Set(result).size === result.length, 'einsum', () => {
    return `"${result}" must name axes of the operands, each once, in "${formula}" of ${operands.map(describe).join(', ')}`
  })

  const terms = operands.map((tensor, index) => ({ tensor, labels: labels[index] }))
  let total = terms[0]
  for (let i = 1; i < terms.length; i++)
    total = pair(
      total,
      terms[i],
      result +
        terms
          .slice(i + 1)
          .map((term) => term.labels)
          .join(''),
    )
  return arrange(summed(total, result), result)
}

/** Sums over the axes that nothing later needs. */
function summed({ tensor, labels }: Labelled, needed: string): Labelled {
  const gone = [...labels].flatMap((label, axis) => (needed.includes(label) ? [] : [axis]))
  return { tensor: sum(tensor, gone), labels: [...labels].filter((label) => needed.includes(label)).join('') }
}

function arrange({ tensor, labels }: Labelled, order: string): Tensor {
  return transpose(
    tensor,
    [...order].map((label) => labels.indexOf(label)),
  )
}

function pair(first: Labelled, second: Labelled, needed: string): Labelled {
  const a = summed(first, needed + second.labels)
  const b = summed(second, needed + first.labels)
  const shared = [...a.labels].filter((label) => b.labels.includes(label))
  const batch = shared.filter((label) => needed.includes(label)).join('')
  const contracted = shared.filter((label) => !needed.includes(label)).join('')
  const rows = [...a.labels].filter((label) => !shared.includes(label)).join('')
  const columns = [...b.labels].filter((label) => !shared.includes(label)).join('')
  const extent = (source: Labelled, labels: string) =>
    [...labels].map((label) => source.tensor.shape[source.labels.indexOf(label)])
  const size = (source: Labelled, labels: string) => extent(source, labels).reduce((product, n) => product * n, 1)

  const batches = extent(a, batch)
  const left = reshape(arrange(a, batch + rows + contracted), [...batches, size(a, rows), size(a, contracted)])
  const right = reshape(arrange(b, batch + contracted + columns), [...batches, size(b, contracted), size(b, columns)])
  return {
    tensor: reshape(matmul(left, right), [...batches, ...extent(a, rows), ...extent(b, columns)]),
    labels: batch + rows + columns,
  }
}
