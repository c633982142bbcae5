/**
 * What an operator is. Everything about one stands in a single definition: its shape rule with the text of its errors,
 * its gradient written in operators (so gradients have gradients), its float64 reference, and one lowering per executor.
 */
import { expect, OperatorError } from './errors.js'
import type { OnnxLowering } from './onnx/lowering.js'
import { type DType, describe, type Node, type Shape, type Spec, type Tensor } from './tensor.js'

export { expect, OperatorError }

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
  /** Twice the multiply-adds of matrix products and the like, which {@link countFlops} adds up. Absent: not counted. */
  flops?(inputs: readonly Spec[], attributes: A, outputs: readonly Spec[]): number
  /** Identity of the attributes for hashing and common subexpressions; JSON by default. */
  key?(attributes: A): string
}

export function defineOperator<A>(operator: Operator<A>): Operator<A> {
  return operator
}

/** Numbers from which a lowering takes nodes that run on all threads instead of simpler ones that run on one. */
export const worthSharing = 16_384

/** An allocated reference result of the right type. */
export function allocate(spec: Spec, size: number): ReferenceData {
  return spec.dtype === 'f32'
    ? new Float64Array(size)
    : spec.dtype === 'i32'
      ? new Int32Array(size)
      : new Uint8Array(size)
}

/** Fails unless the operands all have one of the types that the operator takes. */
export function expectType(operands: readonly Spec[], dtypes: readonly DType[], operator: string): void {
  expect(
    operands.every(({ dtype }) => dtypes.includes(dtype)),
    operator,
    () => {
      return `takes ${dtypes.join(' or ')}, got ${operands.map(describe).join(', ')} – cast first`
    },
  )
}

/** Fails unless `shape` is a list of extents; `noun` says what it is the shape of. */
export function expectShape(shape: Shape, operator: string, noun: () => string): void {
  expect(
    shape.every((extent) => Number.isInteger(extent) && extent >= 0),
    operator,
    () => {
      return `${noun()} needs extents that are integers from 0, got [${shape.join(', ')}]`
    },
  )
}

/** Fails unless a number is one of the type that it is to have. */
export function expectOfType(value: number, dtype: DType, operator: string): void {
  if (dtype === 'f32') return
  const fits = dtype === 'i32' ? value === (value | 0) : value === 0 || value === 1
  expect(fits, operator, () => {
    return `takes ${dtype === 'i32' ? 'an integer within −2³¹ … 2³¹ − 1' : '0 or 1'} for ${dtype}, got ${value} – or cast to f32`
  })
}
