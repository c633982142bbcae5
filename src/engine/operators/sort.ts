/** Order along an axis. */
import { eachLine } from '../loops.js'
import { defineOperator, expect } from '../operator.js'
import { describe, sizeOf, type Tensor } from '../tensor.js'
import { apply } from '../trace.js'
import { gatherElements } from './indexing.js'
import { normalizeAxis } from './shape.js'

interface TopK {
  readonly k: number
  readonly axis: number
  readonly largest: boolean
}

const topKOperator = defineOperator<TopK>({
  name: 'topK',
  infer([x], { k, axis }) {
    expect(x.dtype !== 'bool', 'topK', () => `takes f32 or i32, got ${describe(x)} – cast it first`)
    expect(Number.isInteger(k) && k >= 0 && k <= x.shape[axis], 'topK', () => {
      return `k must be within 0 … ${x.shape[axis]}, the extent of axis ${axis} of ${describe(x)}, got ${k}`
    })
    return [{ shape: x.shape.map((extent, at) => (at === axis ? k : extent)), dtype: 'i32' }]
  },
  reference([x], { k, axis, largest }, [spec]) {
    const out = new Int32Array(sizeOf(spec.shape))
    const starts: number[] = []
    eachLine(spec.shape, axis, (start) => starts.push(start))
    eachLine(x.shape, axis, (start, stride, line) => {
      const ahead = (a: number, b: number) =>
        (x.data[start + b * stride] - x.data[start + a * stride]) * (largest ? 1 : -1)
      const order = Array.from({ length: x.shape[axis] }, (_, i) => i).sort((a, b) => ahead(a, b) || a - b)
      for (let i = 0; i < k; i++) out[starts[line] + i * stride] = order[i]
    })
    return [out]
  },
  onnx(lowering, [x], { inputs: [input], outputs: [output], attributes: { k, axis, largest } }) {
    // TopK over nothing ends the process.
    if (input.size === 0) return lowering.node('Expand', [lowering.scalar(0, 'i32'), lowering.int64(output.shape)])
    const [, indices] = lowering.nodes('TopK', [x, lowering.int64([k])], { axis, largest: largest ? 1 : 0 }, 2)
    return lowering.cast(indices, 'int32')
  },
})

/** The k largest (or smallest) values along an axis in order, and where they were. Of equal ones the first comes first. */
export function topK(
  x: Tensor,
  k: number,
  axis: number,
  { largest = true }: { largest?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const [indices] = apply(topKOperator, [x], { k, axis: normalizeAxis('topK', axis, x), largest })
  return { values: gatherElements(x, indices, axis), indices }
}

/** Positions that put an axis in ascending (or descending) order; equal values keep theirs. */
export function argSort(x: Tensor, axis: number, { descending = false }: { descending?: boolean } = {}): Tensor {
  return topK(x, x.shape[normalizeAxis('argSort', axis, x)], axis, { largest: descending }).indices
}

/** An axis in ascending (or descending) order. */
export function sort(x: Tensor, axis: number, { descending = false }: { descending?: boolean } = {}): Tensor {
  return topK(x, x.shape[normalizeAxis('sort', axis, x)], axis, { largest: descending }).values
}
