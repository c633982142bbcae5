/** What makes two programs the same. */
import type { Program, Tensor } from './tensor.js'

/** A text that two programs share exactly when they compute the same: operators, attributes, wiring and shapes. */
export function programKey(program: Program): string {
  const ids = new Map<Tensor, string>()
  const lines = [program.inputs.map(({ dtype, shape }) => `${dtype}${shape}`).join(';')]
  program.inputs.forEach((input, index) => {
    ids.set(input, `i${index}`)
  })
  program.nodes.forEach((node, order) => {
    lines.push(`${nodeKey(node)}(${node.inputs.map((input) => ids.get(input))})`)
    node.outputs.forEach((output, index) => {
      ids.set(output, `${order}.${index}`)
    })
  })
  lines.push(program.outputs.map((output) => ids.get(output)).join(','))
  return lines.join('\n')
}

/** Operator and attributes of a node, as text. */
export function nodeKey({ operator, attributes }: Program['nodes'][number]): string {
  if (operator.key) return `${operator.name}${operator.key(attributes)}`
  return attributes === null ? operator.name : `${operator.name}${JSON.stringify(attributes, withEveryNumber)}`
}

/** JSON alone writes NaN and both infinities as null, and −0 as 0. */
function withEveryNumber(_: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value)
}
