/** What programs are lowered to for WebGPU: standard operators alone, which the CPU runs too, so that they can be judged without a GPU. */
import { describe, expect, it } from 'vitest'
import {
  linearRecurrence,
  logSoftmax,
  matmul,
  onnxExecutor,
  type Program,
  runReference,
  split,
  type Tensor,
  type TensorData,
  trace,
} from '#seqlab/engine/index.js'
import { lowerToGraph } from '#seqlab/engine/onnx/lowering.js'
import '#seqlab/index.js'
import { runOnnx } from './operators/runtime.js'

const spec = (...shape: number[]) => ({ shape, dtype: 'f32' as const })
const typesOf = (program: Program) =>
  lowerToGraph(program, { provider: 'webgpu' }).graph.nodes.map(({ opType }) => opType)

async function expectRight(program: Program): Promise<void> {
  const inputs = program.inputs.map(({ shape, dtype, size }, input): TensorData => {
    const data = Float32Array.from({ length: size }, (_, at) => Math.sin(at * (input + 1)) * 3)
    return { shape, dtype, data }
  })
  const [outputs] = await runOnnx(program, inputs, 1, 1, 'webgpu')
  const expected = runReference(program, inputs)
  outputs.forEach(({ data }, index) => {
    const wanted = expected[index].data
    expect(data.length).toBe(wanted.length)
    data.forEach((value, at) => void expect(value).toBeCloseTo(wanted[at], 4))
  })
}

describe('programs for WebGPU', () => {
  it('transpose and scale by themselves, in batches with a broadcast axis', async () => {
    const program = trace(
      (a: Tensor, b: Tensor) => matmul(a, b, { transposeA: true, transposeB: true, scale: 0.5 }),
      spec(2, 1, 4, 3),
      spec(1, 2, 5, 4),
    )
    expect(typesOf(program)).toEqual(['Transpose', 'Transpose', 'MatMul', 'Mul'])
    await expectRight(program)
  })

  it('take a split of more parts than a kernel may have buffers for as slices', async () => {
    const parts = (count: number) => trace((x: Tensor) => split(x, count, 1), spec(2, count, 3))
    expect(typesOf(parts(7))).toEqual(['Split'])
    expect(typesOf(parts(9))).toEqual(new Array(9).fill('Slice'))
    await expectRight(parts(9))
  })

  it('have a log-softmax that does not overflow', async () => {
    const program = trace((x: Tensor) => logSoftmax(x, 0), spec(5, 2))
    expect(typesOf(program)).not.toContain('LogSoftmax')
    await expectRight(program)
    const [[{ data }]] = await runOnnx(
      program,
      [{ ...spec(5, 2), data: new Float32Array(10).fill(1e4) }],
      1,
      1,
      'webgpu',
    )
    for (const value of data) expect(value).toBeCloseTo(-Math.log(5), 5)
  })

  it('tell which operators the CPU must run', () => {
    const recurrence = (steps: number) =>
      trace((d: Tensor, x: Tensor) => linearRecurrence(d, x, undefined, { axis: 0 }), spec(steps, 3), spec(steps, 3))
    const onCpu = (program: Program) => lowerToGraph(program, { provider: 'webgpu' }).onCpu
    expect(onCpu(recurrence(8))).toEqual([])
    expect(onCpu(recurrence(9))).toEqual(['Scan'])
    expect(lowerToGraph(recurrence(9)).onCpu).toEqual([])
  })

  it('are refused in Node, in a sentence', async () => {
    await expect(onnxExecutor({ provider: 'webgpu', worker: false })).rejects.toThrow('WebGPU: only pages can use it')
  })
})
