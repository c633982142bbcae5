/** Matrix products. */

import { broadcastOffsets, broadcastShapes } from '../loops.js'
import type { OnnxLowering } from '../onnx/lowering.js'
import { defineOperator, expect, expectType } from '../operator.js'
import { describe, type Shape, type Spec, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { sumTo } from './reduce.js'
import { reshape } from './shape.js'

export interface MatMul {
  /** Whether the last two axes of an operand are read exchanged. */
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly scale: number
  /** A sum or a look-up, which counts no FLOPs, written as a product for speed. */
  readonly uncounted?: true
}

const rows = (x: Spec, transposed: boolean) => x.shape[x.shape.length - (transposed ? 1 : 2)]
const columns = (x: Spec, transposed: boolean) => x.shape[x.shape.length - (transposed ? 2 : 1)]

/** All rows as one matrix. */
function tall(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]])
}

export const matmulOperator = defineOperator<MatMul>({
  name: 'matmul',
  infer([a, b], { transposeA, transposeB }) {
    expectType([a, b], ['f32'], 'matmul')
    const needs = (fix: string) => () => {
      const left = transposeA ? '[..., K, M] (transposed)' : '[..., M, K]'
      const right = transposeB ? '[..., N, K] (transposed)' : '[..., K, N]'
      return `needs ${left} and ${right}, got ${describe(a)} and ${describe(b)} – ${fix}`
    }
    expect(a.shape.length >= 2 && b.shape.length >= 2, 'matmul', needs('unsqueeze vectors'))
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
    expect(batch !== undefined, 'matmul', needs('leading axes must be equal or 1'))
    const [inner, other] = [columns(a, transposeA), rows(b, transposeB)]
    expect(inner === other, 'matmul', needs(`K is ${inner} and ${other}, see the options transposeA and transposeB`))
    return [{ shape: [...batch, rows(a, transposeA), columns(b, transposeB)], dtype: 'f32' }]
  },
  gradient({ inputs: [a, b], cotangents: [g], attributes, wanted }) {
    if (!g) return []
    const { transposeA, transposeB } = attributes
    const product = (x: Tensor, transposeX: boolean, y: Tensor, transposeY: boolean) =>
      multiply(x, y, { ...attributes, transposeA: transposeX, transposeB: transposeY })
    const forA = () => (transposeA ? product(b, transposeB, g, true) : product(g, false, b, !transposeB))
    const forB = () => {
      if (!transposeA && !transposeB && b.rank === 2 && a.rank > 2) {
        // One product over all rows at once, instead of a product per batch entry and a sum over them.
        return product(tall(a), true, tall(g), false)
      }
      return transposeB ? product(g, true, a, transposeA) : product(a, !transposeA, g, false)
    }
    return [wanted[0] ? sumTo(forA(), a.shape) : undefined, wanted[1] ? sumTo(forB(), b.shape) : undefined]
  },
  reference([a, b], { transposeA, transposeB, scale }, [spec]) {
    const [M, N] = spec.shape.slice(-2)
    const K = columns({ shape: a.shape, dtype: 'f32' }, transposeA)
    const batch = spec.shape.slice(0, -2)
    const matrices = (shape: Shape) => broadcastOffsets(shape.slice(0, -2), batch)
    const [left, right] = [matrices(a.shape), matrices(b.shape)]
    const out = new Float64Array(sizeOf(spec.shape))
    const [aRow, aColumn] = transposeA ? [1, M] : [K, 1]
    const [bRow, bColumn] = transposeB ? [1, K] : [N, 1]
    for (let n = 0; n < left.length; n++) {
      for (let i = 0; i < M; i++) {
        for (let j = 0; j < N; j++) {
          let total = 0
          let [at, of] = [left[n] * M * K + i * aRow, right[n] * K * N + j * bColumn]
          for (let k = 0; k < K; k++, at += aColumn, of += bRow) total += a.data[at] * b.data[of]
          out[(n * M + i) * N + j] = total * scale
        }
      }
    }
    return [out]
  },
  onnx(lowering, [a, b], { inputs: [left, right], outputs: [y], attributes: { transposeA, transposeB, scale } }) {
    // ONNX Runtime leaves the result of an empty product unset, and refuses some empty batches.
    if (left.size === 0 || right.size === 0)
      return lowering.node('Expand', [lowering.scalar(0), lowering.int64(y.shape)])
    // Rows of several axes against a matrix are one product to MatMul too, without the reshapes that Gemm needs.
    if (!transposeA && !transposeB && scale === 1) return lowering.node('MatMul', [a, b])
    const flat = gemmAttributes({ transposeA, transposeB, scale })
    if (isRowProduct({ inputs: [left, right], attributes: { transposeA } }))
      return rowProduct(lowering, [a, b], left, y, flat)
    if (lowering.provider === 'webgpu') return plainProduct(lowering, [a, b], [left, right], flat)
    return lowering.node('FusedMatMul', [a, b], flat, 'com.microsoft')
  },
  flops: ([a], { transposeA, uncounted }, [y]) => (uncounted ? 0 : 2 * columns(a, transposeA) * sizeOf(y.shape)),
})

function gemmAttributes({ transposeA, transposeB, scale }: MatMul) {
  return { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: scale }
}

/** Whether a product is one of two matrices, once the rows of all batch entries are put under each other. */
export function isRowProduct({
  inputs: [a, b],
  attributes,
}: {
  inputs: readonly Spec[]
  attributes: Pick<MatMul, 'transposeA'>
}): boolean {
  return b.shape.length === 2 && (a.shape.length === 2 || !attributes.transposeA)
}

function rowProduct(
  lowering: OnnxLowering,
  [a, ...rest]: readonly string[],
  left: Spec,
  y: Spec,
  attributes: ReturnType<typeof gemmAttributes>,
): string {
  if (left.shape.length === 2) return lowering.node('Gemm', [a, ...rest], attributes)
  const tall = lowering.reshape(a, [sizeOf(left.shape.slice(0, -1)), left.shape[left.shape.length - 1]])
  return lowering.reshape(lowering.node('Gemm', [tall, ...rest], attributes), y.shape)
}

/** In standard operators, where the fused one is missing. */
function plainProduct(
  lowering: OnnxLowering,
  names: readonly string[],
  specs: readonly Spec[],
  { transA, transB, alpha }: ReturnType<typeof gemmAttributes>,
): string {
  const operands = names.map((name, index) => {
    if (![transA, transB][index]) return name
    const axes = specs[index].shape.map((_, axis) => axis)
    return lowering.node('Transpose', [name], { perm: [...axes.slice(0, -2), axes.length - 1, axes.length - 2] })
  })
  const product = lowering.node('MatMul', operands)
  return alpha === 1 ? product : lowering.node('Mul', [product, lowering.scalar(alpha)])
}

/** A product with a vector added to its rows; simplification makes it, and executors have it as one kernel. */
export const affineOperator = defineOperator<MatMul>({
  name: 'affine',
  infer: ([a, b], attributes) => matmulOperator.infer([a, b], attributes),
  reference([a, b, offset], attributes, specs) {
    const [product] = matmulOperator.reference([a, b], attributes, specs)
    const width = offset.data.length
    return [product.map((value, index) => value + offset.data[index % width]) as Float64Array]
  },
  onnx(lowering, inputs, { inputs: [left, right], outputs: [y], attributes }) {
    if (left.size === 0 || right.size === 0) return lowering.node('Expand', [inputs[2], lowering.int64(y.shape)])
    return rowProduct(lowering, inputs, left, y, gemmAttributes(attributes))
  },
  flops: matmulOperator.flops,
})

function multiply(a: Tensor, b: Tensor, attributes: MatMul): Tensor {
  return apply(matmulOperator, [a, b], attributes)[0]
}

/** scale · a b over the last two axes, leading axes broadcast; either operand may be read transposed. */
export function matmul(a: Tensor, b: Tensor, options: Partial<MatMul> = {}): Tensor {
  return multiply(a, b, { transposeA: false, transposeB: false, scale: 1, ...options })
}
