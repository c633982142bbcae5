import '#seqlab/index.js'
import { afterAll, expect, test } from 'vitest'
import { type Executor, log, onnxExecutor } from '#seqlab/engine/index.js'
import { trainsFinitely } from '#seqlab/evaluation/index.js'
import { channelMixers, defineChannelMixer, mixers, mlp } from '#seqlab/mechanisms/index.js'
import { networks } from '#seqlab/models/index.js'

const executor: Executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 4 })
afterAll(() => executor.close())

// `npm run test:steps` takes 300 steps, with three seeds and on texts too.
test.each([...mixers, ...channelMixers].map((mechanism) => [mechanism.id, mechanism] as const))(
  '%s trains on single tokens and on constant input',
  async (_, mechanism) => {
    for (const diet of ['single tokens', 'constant input'] as const) {
      const report = await trainsFinitely(mechanism, { diet, steps: 8, seed: 1, executor })
      expect(report).toMatchObject({ finite: 8, mechanism: mechanism.id })
    }
  },
)

test.each(networks.map((network) => [network.id, network] as const))(
  '%s trains on constant input',
  async (_, network) => {
    const report = await trainsFinitely(network, { diet: 'constant input', steps: 8, seed: 1, executor })
    expect(report.finite).toBe(8)
  },
)

test('what is not finite is told, with the steps before it', async () => {
  const broken = defineChannelMixer({ ...mlp, id: 'broken', forward: (p, x, config) => log(mlp.forward(p, x, config)) })
  const report = await trainsFinitely(broken, { diet: 'texts', steps: 3, seed: 1, executor })
  expect(report).toMatchObject({ mechanism: 'broken', finite: 0, steps: 3 })
  expect(report.loss).toBeNaN()
})
