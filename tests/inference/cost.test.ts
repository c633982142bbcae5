/** What generation takes: programs without parameters or caches in their outputs, and memory that does not grow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteTokenizer } from '#seqlab/data/index.js'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { collectStatistics, createDecoder, generate } from '#seqlab/inference/index.js'
import { decodeProgram } from '#seqlab/inference/program.js'
import { createWeights } from '#seqlab/inference/weights.js'
import { createModel, presets } from '#seqlab/models/index.js'
import { parametersOf, randomTokens, smallModel } from './models.js'

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

const resident = () => process.memoryUsage.rss() / 2 ** 20

describe('the program of a step', () => {
  it('returns new slices of caches, never a cache', () => {
    const model = smallModel('transformer')
    const { program, bindings } = decodeProgram(model, { batch: 1, length: 1, capacity: 4096 })
    const cached = program.inputs.filter(({ size }) => size >= 4096)
    expect(cached.length).toBeGreaterThanOrEqual(4)
    expect(bindings.outputs.filter((binding) => binding !== 'fetch').length).toBeGreaterThanOrEqual(4)
    for (const output of program.outputs) expect(output.size).toBeLessThanOrEqual(31)
  })

  // What follows from the parameters of these, the matrices of discrete time, is larger than they are.
  const derived = new Set(['s4', 'h3', 'h3-hybrid'])
  it.each(Object.keys(presets).filter((name) => !derived.has(name)))(
    'reads each large parameter of %s once, joined or as it is, and no small one',
    async (name) => {
      const model = smallModel(name, { dim: 128 })
      const store = executor.createStore()
      const weights = createWeights(parametersOf(model, 1), { executor, store, form: 'f32' })
      const { stateful: step } = await weights.bind(decodeProgram(model, { batch: 1, length: 1, capacity: 128 }))
      const carried = (leaf: string) => leaf.startsWith('carried.')
      const leaves = step.bindings.inputs.flatMap((binding) =>
        binding !== 'feed' && 'leaf' in binding ? [binding.leaf] : [],
      )
      const read = step.program.inputs.filter((_, index) => {
        const binding = step.bindings.inputs[index]
        return binding !== 'feed' && 'leaf' in binding && !carried(binding.leaf)
      })
      expect(new Set(leaves).size).toBe(leaves.length)
      for (const { size } of read) expect(size).toBeGreaterThan(4096)
      const total = read.reduce((sum, { size }) => sum + size, 0)
      expect(total).toBeLessThanOrEqual(model.parameterCount)
      // The program of a longer piece reads the same values: nothing is kept twice.
      const before = await store.bytes()
      await weights.bind(decodeProgram(model, { batch: 1, length: 8, capacity: 128 }))
      expect((await store.bytes()).used - before.used).toBeLessThanOrEqual(4 * (model.parameterCount - total))
      await store.dispose()
    },
  )
})

describe('the memory of generation', () => {
  it.each(['gla', 'lstm'])('grows by less than 20 MiB over 3,000 tokens of %s', async (name) => {
    const model = createModel({ ...smallModel(name).config, input: { kind: 'tokens', vocabulary: 256 } })
    const decoder = await createDecoder(model, parametersOf(model, 1), { executor })
    const statistics = collectStatistics(decoder)
    for await (const _ of generate(decoder, byteTokenizer(), 'a', { tokens: 3000 }, statistics.listener));
    const { tokens, stateBytes, allocatedBytes, rssMiB } = statistics.summary()
    expect(tokens).toBe(3000)
    expect(stateBytes.last).toBe(stateBytes.first)
    expect(allocatedBytes.last).toBe(allocatedBytes.first)
    expect((rssMiB?.last ?? 0) - (rssMiB?.first ?? 0)).toBeLessThan(20)
    await decoder.dispose()
  })

  it.each(['transformer', 'gla'])('grows by less than 100 MiB over prompts of 200 lengths (%s)', async (name) => {
    const model = smallModel(name)
    const decoder = await createDecoder(model, parametersOf(model, 1), { executor })
    await decoder.prefill(randomTokens(1, 1))
    const before = resident()
    for (let length = 1; length <= 200; length++) {
      await decoder.reset()
      await decoder.prefill(randomTokens((length * 77) % 401 || 1, length))
    }
    expect(resident() - before).toBeLessThan(100)
    await decoder.dispose()
  })
})
