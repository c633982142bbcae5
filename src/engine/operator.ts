/**
 * What an operator is. Everything about one stands in a single definition: its shape rule with the text of its errors,
 * its gradient written in operators (so gradients have gradients), its float64 reference, and one lowering per executor.
 */
import type { OnnxLowering } from './onnx/lowering.js'
import type { Node, Shape, Spec, Tensor } from './tensor.js'

/** A value in the reference executor: float64 for f32, exact integers for i32, bytes for bool. */
export interface ReferenceArray {
  readonly shape: Shape
  readonly data: ReferenceData
}
export type ReferenceData = Float64Array | Int32Array | Uint8Array

export interface GradientContext<A> {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly attributes: A
  /** One per output; undefined where nothing flows back. */
  readonly cotangents: readonly (Tensor | undefined)[]
  /** Which inputs a gradient is wanted for. */
  readonly wanted: readonly boolean[]
  readonly node: Node<A>
}

export interface Operator<A = unknown> {
  readonly name: string
  /** Shapes and types of the outputs; throws an {@link OperatorError} that says what was expected. */
  infer(inputs: readonly Spec[], attributes: A): readonly Spec[]
  /** Cotangents of the inputs. Absent: no gradient flows (integers, comparisons). */
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[]
  /** Obvious float64 loops. `outputs` are the inferred specs. */
  reference(inputs: readonly ReferenceArray[], attributes: A, outputs: readonly Spec[]): readonly ReferenceData[]
  /** ONNX nodes computing this operator; returns the names of the outputs. */
  onnx(lowering: OnnxLowering, inputs: readonly string[], node: Node<A>): string | readonly string[]
  /** Identity of the attributes for hashing and common subexpressions; JSON by default. */
  key?(attributes: A): string
}

export function defineOperator<A>(operator: Operator<A>): Operator<A> {
  return operator
}

/** A shape or type that an operator cannot take. The tracer adds the line of user code that asked for it. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}

/** Fails with `operator: problem` unless `condition` holds; `problem` is built only on failure. */
export function expect(condition: boolean, operator: string, problem: () => string): asserts condition {
  if (!condition) throw new OperatorError(`${operator}: ${problem()}`)
}

/** An allocated reference result of the right type. */
export function allocate(spec: Spec, size: number): ReferenceData {
  return spec.dtype === 'f32' ? new Float64Array(size) : spec.dtype === 'i32' ? new Int32Array(size) : new Uint8Array(size)
}
