/** Reverse-mode differentiation of the graph being traced. Gradients are ordinary nodes, so they differentiate again. */
import { expect } from './operator.js'
import { scalar } from './operators/constant.js'
import { add, mul } from './operators/elementwise.js'
import { sum } from './operators/reduce.js'
import { full, zeros } from './operators/shape.js'
import { describe, sameShape, type Tensor } from './tensor.js'
import { currentGraph } from './trace.js'
import { flatten, type Mapped, unflatten } from './tree.js'

/**
 * Σ cotangentᵀ · ∂output/∂input for each of `inputs`; undefined where no output depends on an input.
 * Inputs are any values of the current trace, not only its arguments.
 */
export function vjp(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
): (Tensor | undefined)[] {
  const graph = currentGraph()
  const sources = inputs.map((input) => graph.adopt(input))
  const flowing = new Map<Tensor, Tensor>()
  const flow = (to: Tensor, value: Tensor) => {
    const sofar = flowing.get(to)
    flowing.set(to, sofar ? add(sofar, value) : value)
  }
  let last = -1
  outputs.forEach((output, index) => {
    const cotangent = cotangents[index]
    if (!cotangent) return
    expect(cotangent.dtype === 'f32' && sameShape(cotangent.shape, output.shape), 'vjp', () => {
      return `the cotangent of ${describe(output)} must be f32 of its shape, got ${describe(cotangent)}`
    })
    const target = graph.adopt(output)
    flow(target, graph.adopt(cotangent))
    last = Math.max(last, target.node?.order ?? -1)
  })

  const nodes = graph.nodes.slice(0, last + 1)
  const active = new Set<Tensor>(sources)
  for (const node of nodes) {
    if (!node.operator.gradient || !node.inputs.some((input) => active.has(input))) continue
    for (const output of node.outputs) if (output.dtype === 'f32') active.add(output)
  }
  for (const node of nodes.reverse()) {
    if (!node.operator.gradient || !node.outputs.some((output) => active.has(output) && flowing.has(output))) continue
    const wanted = node.inputs.map((input) => active.has(input) && input.dtype === 'f32')
    if (!wanted.includes(true)) continue
    const gradients = node.operator.gradient({
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes,
      cotangents: node.outputs.map((output) => flowing.get(output)),
      wanted,
      node,
    })
    node.inputs.forEach((input, index) => {
      const value = gradients[index]
      if (value && wanted[index]) flow(input, value)
    })
  }
  return sources.map((source) => flowing.get(source))
}

/** The gradient of a scalar for every leaf of `tree` (zeros where it does not depend on one). */
export function gradients<T>(loss: Tensor, tree: T): Mapped<T, Tensor, Tensor> {
  expect(loss.size === 1 && loss.dtype === 'f32', 'gradients', () => {
    return `the loss must be a single f32 number, got ${describe(loss)} – sum or average it`
  })
  const { leaves } = flatten<Tensor>(tree as never)
  const found = vjp([loss], [broadcastOne(loss)], leaves)
  return unflatten(
    tree,
    found.map((gradient, index) => gradient ?? zeros(leaves[index].shape)),
  ) as never
}

function broadcastOne(loss: Tensor): Tensor {
  return loss.rank === 0 ? scalar(1) : full(loss.shape, 1)
}

/** `fn` with its gradient for the first argument: returns the value and a tree like that argument. */
export function valueAndGrad<P, R extends readonly unknown[]>(
  fn: (parameters: P, ...rest: R) => Tensor,
): (parameters: P, ...rest: R) => { value: Tensor; gradient: Mapped<P, Tensor, Tensor> } {
  return (parameters, ...rest) => {
    const value = fn(parameters, ...rest)
    return { value, gradient: gradients(value, parameters) }
  }
}

/** The gradient of `fn` for its first argument. */
export function grad<P, R extends readonly unknown[]>(
  fn: (parameters: P, ...rest: R) => Tensor,
): (parameters: P, ...rest: R) => Mapped<P, Tensor, Tensor> {
  return (parameters, ...rest) => valueAndGrad(fn)(parameters, ...rest).gradient
}

/** Hessian of `fn` at `x` times `direction`: the gradient of gradient · direction. */
export function hessianVectorProduct<P>(fn: (x: P) => Tensor, x: P, direction: P): Mapped<P, Tensor, Tensor> {
  const first = flatten<Tensor>(grad(fn)(x) as never).leaves
  const along = flatten<Tensor>(direction as never).leaves
  const fits = along.length === first.length && along.every((leaf, index) => sameShape(leaf.shape, first[index].shape))
  expect(fits, 'hessianVectorProduct', () => {
    return `the direction must have the leaves of x, ${first.map(describe).join(', ')}, got ${along.map(describe).join(', ')}`
  })
  const slope = first.map((gradient, index) => sum(mul(gradient, along[index]))).reduce((a, b) => add(a, b))
  return gradients(slope, x)
}
