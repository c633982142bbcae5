import { describe, expect, it } from 'vitest'
import {
  add,
  matmul,
  mul,
  onnxExecutor,
  type Program,
  scan,
  type Tensor,
  trace,
  transpose,
} from '#seqlab/engine/index.js'
import { lower } from '#seqlab/engine/onnx/lowering.js'
import '#seqlab/index.js'
import { simplify } from '#seqlab/engine/simplify.js'

const spec = (...shape: number[]) => ({ shape, dtype: 'f32' as const })
const nodesOf = (program: Program) => lower(simplify(program)).nodeCount

async function results(program: Program, ...inputs: number[][]): Promise<number[][]> {
  const executor = await onnxExecutor({ threads: 1, worker: false })
  const executable = await executor.compile(program)
  const outputs = await executable.run(
    inputs.map((values, index) => ({
      ...program.inputs[index],
      data: Float32Array.from(values),
    })),
  )
  await executor.close()
  return outputs.map(({ data }) => Array.from(data))
}

describe('a lowered program', () => {
  it('returns values that it reads itself, in loops too, without copying them', async () => {
    const program = trace(
      (x: Tensor, rows: Tensor) => {
        const doubled = mul(x, 2)
        const { carry } = scan(
          (total: Tensor, row: Tensor) => ({
            carry: add(total, mul(row, doubled)),
            y: row,
          }),
          x,
          rows,
        )
        return [doubled, carry, add(doubled, 1)]
      },
      spec(2),
      spec(12, 2),
    )
    const rows = Array.from({ length: 24 }, (_, i) => i % 3)
    const expected = [0, 1].map((column) => {
      const sum = rows.filter((_, i) => i % 2 === column).reduce((a, b) => a + b, 0)
      return [3, 5][column] * (1 + 2 * sum)
    })
    expect(await results(program, [3, 5], rows)).toEqual([[6, 10], expected, [7, 11]])
    expect(nodesOf(trace((x: Tensor) => [mul(x, 2), add(mul(x, 2), 1)], spec(2)))).toBe(2)
  })

  it('gives each output a name of its own where a value is returned twice or passed on', async () => {
    const program = trace((x: Tensor) => {
      const y = add(x, 1)
      return [y, y, x, mul(y, y)]
    }, spec(2))
    expect(await results(program, [1, 2])).toEqual([
      [2, 3],
      [2, 3],
      [1, 2],
      [4, 9],
    ])
  })

  it('moves no numbers where only axes of extent 1 change places', async () => {
    const heads = trace((x: Tensor) => mul(transpose(x, [0, 2, 1, 3]), 2), spec(1, 1, 3, 2))
    expect(simplify(heads).nodes.map(({ operator }) => operator.name)).not.toContain('transpose')
    expect(await results(heads, [1, 2, 3, 4, 5, 6])).toEqual([[2, 4, 6, 8, 10, 12]])
    const swapped = trace((x: Tensor) => mul(transpose(x, [0, 2, 1, 3]), 2), spec(1, 3, 2, 1))
    expect(await results(swapped, [1, 2, 3, 4, 5, 6])).toEqual([[2, 6, 10, 4, 8, 12]])
  })

  it('multiplies rows of several axes with a matrix in one node', async () => {
    const program = trace((x: Tensor, w: Tensor) => matmul(x, w), spec(1, 2, 2), spec(2, 1))
    expect(nodesOf(program)).toBe(1)
    expect(await results(program, [1, 2, 3, 4], [1, 10])).toEqual([[21, 43]])
  })
})
