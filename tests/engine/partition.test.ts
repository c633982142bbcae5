import { describe, expect, it } from 'vitest'
import {
  add,
  concat,
  constant,
  exp,
  matmul,
  mul,
  type Program,
  partition,
  runReference,
  simplify,
  type Tensor,
  type TensorData,
  trace,
  unsqueeze,
  valueKeys,
  withConstants,
} from '#seqlab/engine/index.js'

const spec = (...shape: number[]) => ({ shape, dtype: 'f32' as const })
const data = (shape: number[], from: number): TensorData => {
  const size = shape.reduce((a, b) => a * b, 1)
  return { shape, dtype: 'f32', data: Float32Array.from({ length: size }, (_, i) => Math.sin(from + i)) }
}

/** x [2, 3] times two joined matrices, the second scaled, plus a bias. */
const layer = (scale = 0.5) =>
  simplify(
    trace(
      (x: Tensor, w: Tensor, v: Tensor, b: Tensor) => {
        return add(matmul(x, concat([w, mul(v, exp(constant([scale], [])))], 1)), exp(b))
      },
      spec(2, 3),
      spec(3, 2),
      spec(3, 2),
      spec(4),
    ),
  )
const given = (program: Program, ...indices: number[]) => new Set(indices.map((index) => program.inputs[index]))
const kinds = (program: Program) => program.nodes.map(({ operator }) => operator.name)

describe('splitting a program by what is known of its inputs', () => {
  it('computes once what depends on them alone, and the same in the end (float64, exactly)', () => {
    const program = layer()
    const { known, rest } = partition(program, given(program, 1, 2, 3))
    expect(known.outputs.map(({ shape }) => shape)).toEqual([[3, 4], [4]])
    for (const kind of ['concat', 'mul', 'exp']) expect(kinds(rest)).not.toContain(kind)
    const [x, ...weights] = [data([2, 3], 1), data([3, 2], 2), data([3, 2], 3), data([4], 4)]
    const values = runReference(known, weights)
    const whole = runReference(program, [x, ...weights])
    expect(runReference(rest, [x, ...values])).toEqual(whole)
    const constants = new Map(known.outputs.map((tensor, index) => [tensor, values[index]]))
    const closed = withConstants(rest, constants)
    expect(closed.inputs).toHaveLength(1)
    expect(runReference(closed, [x])).toEqual(whole)
  })

  it('hands on known inputs that are read as they are, and drops inputs that nothing reads', () => {
    const program = simplify(trace((x: Tensor, w: Tensor, _: Tensor) => matmul(x, w), spec(2, 3), spec(3, 2), spec(9)))
    const { known, rest } = partition(program, given(program, 1))
    expect(known.outputs).toEqual([program.inputs[1]])
    expect(rest.inputs).toEqual([program.inputs[0], program.inputs[1]])
  })

  it('leaves to the rest what takes more room than what it is made of', () => {
    const outer = (x: Tensor, a: Tensor) => add(x, mul(unsqueeze(a, 0), unsqueeze(a, 1)))
    const program = simplify(trace(outer, spec(50, 50), spec(50)))
    const { known, rest } = partition(program, given(program, 1))
    expect(known.outputs.every(({ size }) => size === 50)).toBe(true)
    expect(kinds(rest)).toContain('mul')
  })

  it('names values alike in two programs exactly when they are computed alike from inputs of the same names', () => {
    const keys = (names: string[], program = layer()) => {
      return valueKeys(partition(program, given(program, 1, 2, 3)).known, names)
    }
    const wider = simplify(
      trace(
        (x: Tensor, w: Tensor, v: Tensor, b: Tensor) =>
          mul(matmul(x, concat([w, mul(v, exp(constant([0.5], [])))], 1)), b),
        spec(7, 3),
        spec(3, 2),
        spec(3, 2),
        spec(4),
      ),
    )
    expect(keys(['w', 'v', 'b'])).toEqual(keys(['w', 'v', 'b']))
    const [offset, joined] = keys(['w', 'v', 'b'], wider)
    expect(offset).toBe('b')
    expect(keys(['w', 'v', 'b'])).toContain(joined)
    expect(keys(['w', 'w', 'b'])).not.toContain(joined)
    expect(keys(['w', 'v', 'b'], layer(0.7))).not.toContain(joined)
  })
})
