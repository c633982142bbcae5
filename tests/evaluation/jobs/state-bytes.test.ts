/** What a state is said to hold, against what a decoder that read as many tokens holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { stateBytes } from '#seqlab/evaluation/jobs/state-bytes.js'
import { createDecoder } from '#seqlab/inference/index.js'
import { presets } from '#seqlab/models/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { parametersOf, randomTokens, smallModel } from '../../inference/models.js'

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(() => executor.close())

const windowed = { mixers: [{ id: 'softmax', window: 8 }] }

describe('state bytes after a number of tokens are those that a decoder uses then', () => {
  it.each<[string, object]>([
    ...Object.keys(presets).map((name): [string, object] => [name, {}]),
    ['transformer', windowed],
  ])('%s %j', async (name, settings) => {
    const model = smallModel(name, settings)
    const decoder = await createDecoder(model, parametersOf(model, 1), { executor })
    for (const length of [1, 9, 73]) {
      await decoder.reset()
      await decoder.prefill(randomTokens(length, length))
      expect((await decoder.bytes()).used, `${length} tokens`).toBe(stateBytes(model, length))
    }
    await decoder.dispose()
  })
})
