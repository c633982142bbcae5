/** Recompute, custom gradients, ordering and names: operators that say how to compute and differentiate, not what. */

import { vjp } from '../gradient.js'
import { defineOperator, expect } from '../operator.js'
import { evaluate } from '../reference.js'
import { describe, type Program, type Tensor } from '../tensor.js'
import { apply, currentGraph, instantiate, traceNested } from '../trace.js'
import { zeros } from './shape.js'

export interface Checkpoint {
  readonly body: Program
}

export const checkpointOperator = defineOperator<Checkpoint>({
  name: 'checkpoint',
  infer: (_, { body }) => body.outputs,
  gradient({ inputs, cotangents, wanted, attributes: { body } }) {
    const cause = cotangents.find((cotangent) => cotangent !== undefined)
    if (!cause) return []
    const again = inAfter(cause, inputs)
    const { outputs } = instantiate(body, again)
    const sources = again.filter((_, index) => wanted[index])
    const found = vjp(outputs, cotangents, sources)
    let next = 0
    return wanted.map((want) => (want ? found[next++] : undefined))
  },
  reference: (inputs, { body }) => evaluate(body, inputs).map(({ data }) => data),
  onnx: () => {
    throw new Error('checkpoint: must be inlined before lowering')
  },
  key: () => {
    throw new Error('checkpoint: must be inlined before hashing')
  },
})

/**
 * The values of `fn()`, whose inner values are not kept for the backward pass but computed again there.
 * Costs one more forward pass of `fn`; saves the memory of everything inside it.
 */
export function checkpoint(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[] = [],
): readonly Tensor[] {
  const { program, captures } = traceNested(fn, inputs)
  return apply(checkpointOperator, [...inputs, ...captures], { body: program })
}

/**
 * Passes values on, but not before `cause` has been computed. Executors and simplification treat the results as new
 * values, so what is recomputed from them is neither merged with the first computation nor done early.
 */
export const afterOperator = defineOperator<null>({
  name: 'after',
  infer: ([, ...values]) => values,
  gradient: ({ cotangents }) => [undefined, ...cotangents],
  reference: ([, ...values]) => values.map(({ data }) => data.slice()),
  onnx(lowering, [cause, ...values], { inputs: [, ...tensors] }) {
    // A reshape to the same shape copies nothing; its target is joined with an empty part of the cause's own shape.
    const nothing = lowering.node('Shape', [cause], { start: 0, end: 0 })
    return values.map((value, index) => {
      const target =
        tensors[index].rank === 0
          ? nothing
          : lowering.node('Concat', [lowering.int64(tensors[index].shape), nothing], { axis: 0 })
      return lowering.node('Reshape', [value, target], { allowzero: 1 })
    })
  },
})

function inAfter(cause: Tensor, values: readonly Tensor[]): readonly Tensor[] {
  return apply(afterOperator, [cause, ...values], null)
}

export interface CustomGradient {
  readonly inputs: number
  readonly outputs: number
  backward(saved: readonly Tensor[], cotangents: readonly Tensor[]): readonly (Tensor | undefined)[]
}

/** Inputs of the node: the function's inputs, its outputs as computed, then what it saved. */
export const customOperator = defineOperator<CustomGradient>({
  name: 'custom',
  infer: (inputs, attributes) => inputs.slice(attributes.inputs, attributes.inputs + attributes.outputs),
  gradient({ inputs, outputs, cotangents, attributes }) {
    const own = inputs.slice(0, attributes.inputs)
    const computed = inputs.slice(attributes.inputs, attributes.inputs + attributes.outputs)
    const saved = inputs.slice(attributes.inputs + attributes.outputs).map((tensor) => {
      // A saved output is handed over as this node's, so that it differentiates again by the gradient given here.
      return own.includes(tensor) ? tensor : (outputs[computed.indexOf(tensor)] ?? tensor)
    })
    const found = attributes.backward(
      saved,
      cotangents.map((cotangent, index) => cotangent ?? zeros(outputs[index].shape)),
    )
    expect(found.length === own.length, 'customGradient', () => {
      return `backward must return a cotangent or undefined for each of ${own.length} inputs, got ${found.length}`
    })
    own.forEach((input, index) => {
      const cotangent = found[index]
      if (!cotangent || input.dtype !== 'f32') return
      expect(describe(cotangent) === describe(input), 'customGradient', () => {
        return `the cotangent of input ${index} must be ${describe(input)}, got ${describe(cotangent)} – sumTo undoes broadcasting`
      })
    })
    return found
  },
  reference: (inputs, attributes) =>
    inputs.slice(attributes.inputs, attributes.inputs + attributes.outputs).map(({ data }) => data.slice()),
  onnx: (_, inputs, { attributes }) => inputs.slice(attributes.inputs, attributes.inputs + attributes.outputs),
})

/**
 * A function with a gradient of its own: `forward` returns its outputs and what `backward` needs, `backward` gets that
 * and the cotangents and returns one cotangent per input. Whatever `backward` uses must be in `saved`. It is written in
 * operators, so it differentiates again; where it uses a saved output, by itself.
 */
export function customGradient(
  inputs: readonly Tensor[],
  forward: (...inputs: Tensor[]) => { outputs: readonly Tensor[]; saved: readonly Tensor[] },
  backward: CustomGradient['backward'],
): readonly Tensor[] {
  const { outputs, saved } = forward(...inputs)
  return apply(customOperator, [...inputs, ...outputs, ...saved], {
    inputs: inputs.length,
    outputs: outputs.length,
    backward,
  })
}

let scopes: string[] = []

/** Names given inside `body` start with `label` and a dot. */
export function scope<T>(label: string, body: () => T): T {
  const outer = scopes
  scopes = [...outer, label]
  try {
    return body()
  } finally {
    scopes = outer
  }
}

/** Marks a tensor so that any run can fetch it by its scoped name; returns it unchanged. */
export function name(tensor: Tensor, label: string): Tensor {
  const graph = currentGraph()
  const path = [...scopes, label].join('.')
  let unique = path
  for (let count = 2; graph.named.has(unique); count++) unique = `${path}#${count}`
  graph.named.set(unique, graph.adopt(tensor))
  return tensor
}
