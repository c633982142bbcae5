/** One run of a program on ONNX Runtime, exactly as lowered: no graph optimisation, a session of its own. */
import * as ort from 'onnxruntime-node'
import { lower } from '#seqlab/engine/onnx/lowering.js'
import type { DType, Program, TensorData } from '#seqlab/engine/tensor.js'
import type { Provider } from '#seqlab/platform/index.js'

const typeName = { f32: 'float32', i32: 'int32', bool: 'bool' } as const satisfies Record<DType, string>

/** The outputs of `repeats` runs at the given thread count; what is written for WebGPU is standard and runs here too. */
export async function runOnnx(
  program: Program,
  inputs: readonly TensorData[],
  threads: number,
  repeats = 1,
  provider: Provider = 'cpu',
): Promise<TensorData[][]> {
  const lowered = lower(program, provider)
  const session = await ort.InferenceSession.create(lowered.model, {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const feeds: Record<string, ort.Tensor> = {}
  inputs.forEach((input, index) => {
    feeds[lowered.inputNames[index]] = ortTensor(input)
  })
  for (const [name, value] of lowered.constants) feeds[name] = ortTensor(value)
  const runs: TensorData[][] = []
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const results = await session.run(feeds)
      runs.push(
        lowered.outputNames.map((name, index) => {
          const { dtype } = program.outputs[index]
          const { dims, type, data } = results[name]
          if (type !== typeName[dtype])
            throw new Error(`output ${index} is ${type} on ONNX Runtime, traced as ${dtype}`)
          return { shape: dims, dtype, data: data as TensorData['data'] }
        }),
      )
    }
  } finally {
    await session.release()
  }
  return runs
}

function ortTensor({ dtype, data, shape }: TensorData): ort.Tensor {
  return new ort.Tensor(typeName[dtype], data instanceof Float64Array ? Float32Array.from(data) : data, shape)
}
