/** A loop that ends by a condition. */
import { defineOperator, expect, OperatorError } from '../operator.js'
import { programKey } from '../program-key.js'
import { evaluate } from '../reference.js'
import { describe, type Program, type Spec, type Tensor } from '../tensor.js'
import { apply, traceNested } from '../trace.js'

export interface While {
  /** Inputs: values, captures. Outputs: whether to go on, next values. */
  readonly body: Program
  readonly values: number
  readonly limit: number
}

export const whileOperator = defineOperator<While>({
  name: 'boundedWhile',
  infer([go, ...inputs], { body, values, limit }) {
    const [again, ...next] = body.outputs
    for (const condition of [go, again]) {
      expect(
        describe(condition) === 'bool[]',
        'boundedWhile',
        () => `the condition must be bool[], got ${describe(condition)} – compare with a number`,
      )
    }
    const initial = inputs.slice(0, values)
    expect(String(next.map(describe)) === String(initial.map(describe)), 'boundedWhile', () => {
      return `values must keep their shapes and types, ${initial.map(describe).join(', ')}, but the body returns ${next.map(describe).join(', ')}`
    })
    expect(
      Number.isInteger(limit) && limit >= 0,
      'boundedWhile',
      () => `the limit must be an integer from 0, got ${limit}`,
    )
    return initial
  },
  gradient({ outputs }) {
    const results = outputs.map(describe).join(', ')
    throw new OperatorError(
      `boundedWhile: ${results} needs a gradient by hand, e.g. an implicit one – wrap it in customGradient`,
    )
  },
  reference([go, ...inputs], { body, values, limit }) {
    const captures = inputs.slice(values)
    let state = inputs.slice(0, values)
    for (let step = 0, more = go.data[0] !== 0; step < limit && more; step++) {
      const [next, ...after] = evaluate(body, [...state, ...captures])
      state = after
      more = next.data[0] !== 0
    }
    return state.map(({ data }) => data.slice())
  },
  onnx(lowering, [go, ...inputs], { attributes: { body, values, limit } }) {
    const graph = lowering.subgraph(body, inputs.slice(values), ['int64', 'bool']) // iteration number, condition
    return lowering.nodes(
      'Loop',
      [lowering.int64Scalar(limit), go, ...inputs.slice(0, values)],
      { body: graph },
      values,
    )
  },
  key: ({ values, limit, body }) => `${values},${limit},${programKey(body)}`,
})

/** Repeats `body` while `condition` holds, at most `limit` times. */
export function boundedWhile(
  condition: (...values: Tensor[]) => Tensor,
  body: (...values: Tensor[]) => readonly Tensor[],
  initial: readonly Tensor[],
  limit: number,
): readonly Tensor[] {
  const { program, captures } = traceNested(
    (...values) => {
      const next = body(...values)
      return [condition(...next), ...next]
    },
    initial.map(({ shape, dtype }): Spec => ({ shape, dtype })),
  )
  return apply(whileOperator, [condition(...initial), ...initial, ...captures], {
    body: program,
    values: initial.length,
    limit,
  })
}
