import { expect, it } from 'vitest'
import { logSigmoid, onnxExecutor, softplus, type Tensor, trace } from '#seqlab/engine/index.js'
import '#seqlab/index.js'

/** log(1 + e^{−|x|}), in closed form. */
const tail = (x: number) => Math.log1p(Math.exp(-Math.abs(x)))

/** Rates of decay and sizes of steps are such small values, and small errors of them grow with every token. */
it.each([
  ['softplus', softplus, (x: number) => Math.max(x, 0) + tail(x)],
  ['logSigmoid', logSigmoid, (x: number) => Math.min(x, 0) - tail(x)],
] as const)('%s is exact to 1e-6 of each value, however small', async (_, operator, expected) => {
  const data = Float32Array.from({ length: 10_001 }, (_, i) => -25 + i / 200)
  const spec = { shape: [data.length], dtype: 'f32' as const }
  const executor = await onnxExecutor({ threads: 1, worker: false })
  const executable = await executor.compile(trace((x: Tensor) => [operator(x)], spec))
  const [found] = await executable.run([{ ...spec, data }])
  await executor.close()
  const errors = [...data].map((x, i) => Math.abs(found.data[i] / expected(x) - 1))
  expect(Math.max(...errors)).toBeLessThan(1e-6)
})
