/** Targets that a network writes from sources. */
import '#seqlab/index.js'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadNetwork } from '#seqlab/checkpoints/index.js'
import { type Executor, flatten, onnxExecutor, type Tensor, type TensorData, trace } from '#seqlab/engine/index.js'
import { writeTarget } from '#seqlab/inference/index.js'

const folder = join(import.meta.dirname, '..', 'fixtures', 'checkpoints', 'bart')
const sources = [
  [5, 9, 2, 30, 7],
  [1, 1, 28, 4, 12],
]

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

const tokens = (rows: readonly (readonly number[])[]): TensorData => ({
  shape: [rows.length, rows[0].length],
  dtype: 'i32',
  data: Int32Array.from(rows.flat()),
})

it('are each the likeliest after those before, and end at the token that ends', async () => {
  const { model, parameters } = await loadNetwork(folder)
  const written = await writeTarget(executor, model, parameters, sources, { length: 6 })
  expect(written.map((row) => row.length)).toEqual([6, 6])
  const given = { parameters, source: tokens(sources), target: tokens(written) }
  const program = trace(
    ({ parameters: own, ...read }: { parameters: Record<string, Tensor>; source: Tensor; target: Tensor }) => {
      return model.forward(
        model.nest(({ path }) => own[path]),
        read,
      ).outputs.logits
    },
    given,
  )
  const [logits] = await (await executor.compile(program)).run(flatten<TensorData>(given).leaves)
  const V = logits.shape[2]
  written.flat().forEach((token, place) => {
    const scores = [...logits.data.subarray(place * V, (place + 1) * V)]
    expect(token).toBe(scores.indexOf(Math.max(...scores)))
  })
  const end = written[0][3]
  const [first] = await writeTarget(executor, model, parameters, sources, { length: 6, end })
  expect(first).toEqual(written[0].slice(0, written[0].indexOf(end)))
})

it('need sources of one length', async () => {
  const { model, parameters } = await loadNetwork(folder)
  const writing = writeTarget(executor, model, parameters, [[1, 2], [3]], { length: 2 })
  await expect(writing).rejects.toThrow(/writeTarget: sources must be of one length, got 2 and 1 tokens/)
})
