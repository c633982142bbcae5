/** The data structures of a traced computation: tensors are values in a graph of operator nodes; they hold no numbers. */
import { expect } from './errors.js'
import type { Operator } from './operator.js'

export type DType = 'f32' | 'i32' | 'bool'
export type Shape = readonly number[]

/** Shape and type of a value. */
export interface Spec {
  readonly shape: Shape
  readonly dtype: DType
}

/** Concrete numbers with their shape, as they go in and out of executors. Booleans are bytes 0 and 1. */
export interface TensorData extends Spec {
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array
}

/** One application of an operator. */
export interface Node<A = unknown> {
  readonly operator: Operator<A>
  readonly inputs: readonly Tensor[]
  /** Replaced, with `outputs`, only when a scan is differentiated and has to hand out what its backward pass needs. */
  attributes: A
  outputs: readonly Tensor[]
  /** Position in its graph: inputs of a node always have a smaller one. */
  readonly order: number
}

/** A value being computed: a shape, a type and the node that makes it. Arithmetic methods are in methods.ts. */
export class Tensor implements Spec {
  constructor(
    readonly graph: Graph,
    readonly shape: Shape,
    readonly dtype: DType,
    /** Undefined for the inputs of a graph. */
    readonly node: Node | undefined,
    readonly index: number,
  ) {}

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  toString(): string {
    return describe(this)
  }
}

/** A graph under construction. */
export class Graph {
  readonly nodes: Node[] = []
  readonly inputs: Tensor[] = []
  /** Values of enclosing graphs used inside, in order, each bound to one of `inputs`. */
  readonly captures = new Map<Tensor, Tensor>()
  readonly named = new Map<string, Tensor>()

  constructor(readonly parent?: Graph) {}

  input(spec: Spec): Tensor {
    const tensor = new Tensor(this, spec.shape, spec.dtype, undefined, this.inputs.length)
    this.inputs.push(tensor)
    return tensor
  }

  /** This graph's own handle on `tensor`, capturing it from an enclosing graph where needed. */
  adopt(tensor: Tensor): Tensor {
    if (tensor.graph === this) return tensor
    const known = this.captures.get(tensor)
    if (known) return known
    expect(this.parent !== undefined, 'trace', () => {
      return `${describe(tensor)} belongs to another trace – pass it in as an input, or return it from the body that made it`
    })
    this.parent.adopt(tensor)
    const inner = this.input(tensor)
    this.captures.set(tensor, inner)
    return inner
  }

  append<A>(
    operator: Operator<A>,
    inputs: readonly Tensor[],
    attributes: A,
    specs: readonly Spec[],
  ): readonly Tensor[] {
    const node = { operator, inputs, attributes, order: this.nodes.length, outputs: [] as readonly Tensor[] }
    node.outputs = specs.map((spec, index) => new Tensor(this, spec.shape, spec.dtype, node as Node, index))
    this.nodes.push(node as Node)
    return node.outputs
  }

  /** New outputs for a node of this graph, after its present ones. */
  extend(node: Node, specs: readonly Spec[]): readonly Tensor[] {
    return specs.map(({ shape, dtype }, index) => new Tensor(this, shape, dtype, node, node.outputs.length + index))
  }
}

/**
 * A finished computation in static single assignment form: `nodes` in an order that respects dependencies, concrete
 * shapes and types, and nothing about any executor. The last `captures` inputs are values of an enclosing program.
 */
export interface Program {
  readonly inputs: readonly Tensor[]
  readonly nodes: readonly Node[]
  readonly outputs: readonly Tensor[]
  readonly named: ReadonlyMap<string, Tensor>
}

export function sizeOf(shape: Shape): number {
  let size = 1
  for (const extent of shape) size *= extent
  return size
}

/** `f32[2, 3]`, as errors print it. */
export function describe(spec: Spec): string {
  return `${spec.dtype}[${spec.shape.join(', ')}]`
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis])
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]
  }
  return strides
}
