/** One of two computations, as a value decides that is known only when the program runs. */
import { vjp } from '../gradient.js'
import { defineOperator, expect } from '../operator.js'
import { programKey } from '../program-key.js'
import { evaluate } from '../reference.js'
import { describe, type Program, type Tensor } from '../tensor.js'
import { apply, instantiate, traceNested } from '../trace.js'
import { zeros } from './shape.js'

export interface Branch {
  readonly program: Program
  /** Which of the node's inputs, the condition aside, the program's inputs are. */
  readonly reads: readonly number[]
}

export interface Cond {
  /** Where the condition holds, and where not. */
  readonly branches: readonly [Branch, Branch]
}

export const condOperator = defineOperator<Cond>({
  name: 'cond',
  infer([condition], { branches: [first, second] }) {
    expect(
      describe(condition) === 'bool[]',
      'cond',
      () => `the condition must be bool[], got ${describe(condition)} – compare with a number`,
    )
    const [yes, no] = [first, second].map(({ program }) => program.outputs.map(describe).join(', '))
    expect(yes === no, 'cond', () => `both branches must return the same shapes and types, got ${yes} and ${no}`)
    return first.program.outputs
  },
  gradient({ inputs: [condition, ...values], cotangents, wanted, attributes: { branches } }) {
    const sources = values.filter((_, index) => wanted[index + 1])
    const [yes, no] = branches.map(({ program, reads }) => () => {
      const { outputs } = instantiate(
        program,
        reads.map((index) => values[index]),
      )
      return vjp(outputs, cotangents, sources).map((found, index) => found ?? zeros(sources[index].shape))
    })
    const found = cond(condition, yes, no)
    let next = 0
    return wanted.map((want) => (want ? found[next++] : undefined))
  },
  reference([condition, ...values], { branches: [yes, no] }) {
    const { program, reads } = condition.data[0] !== 0 ? yes : no
    return evaluate(
      program,
      reads.map((index) => values[index]),
    ).map(({ data }) => data.slice())
  },
  onnx(lowering, [condition, ...values], { attributes: { branches }, outputs }) {
    const [yes, no] = branches.map(({ program, reads }) =>
      lowering.subgraph(
        program,
        reads.map((index) => values[index]),
      ),
    )
    return lowering.nodes('If', [condition], { then_branch: yes, else_branch: no }, outputs.length)
  },
  key: ({ branches }) => branches.map(({ program, reads }) => `${reads}:${programKey(program)}`).join('|'),
})

/**
 * What `yes()` returns where `condition`, a bool[], holds, and otherwise what `no()` does: values of the same shapes and
 * types. Only one of them is computed. Both may use any value at hand.
 */
export function cond(condition: Tensor, yes: () => readonly Tensor[], no: () => readonly Tensor[]): readonly Tensor[] {
  const traced = [traceNested(yes, []), traceNested(no, [])]
  const values = [...new Set(traced.flatMap(({ captures }) => captures))]
  const [first, second] = traced.map(({ program, captures }): Branch => {
    return { program, reads: captures.map((value) => values.indexOf(value)) }
  })
  return apply(condOperator, [condition, ...values], { branches: [first, second] })
}
