import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import {
  augmented,
  gla,
  groupedLinearAttention,
  linearAttention,
  type Mixer,
  normAttention,
  rebased,
  retnet,
} from '#seqlab/mechanisms/index.js'
import { createModel, type Model } from '#seqlab/models/index.js'
import { parametersOf, randomTokens, vocabulary, wholeLogits } from '../inference/models.js'

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 8 })
})
afterAll(() => executor.close())

const kernel = /\.local\.kernel$/
const modelOf = (mixer: Mixer) =>
  createModel(
    { mixers: [{ id: mixer.id }], layers: 2, dim: 16, heads: 2, input: { kind: 'tokens', vocabulary } },
    { mixers: [mixer] },
  )
const withKernel = (model: Model, value: (index: number) => number) =>
  Object.fromEntries(
    Object.entries(parametersOf(model, 5)).map(([path, given]): [string, TensorData] => {
      return [path, kernel.test(path) ? { ...given, data: Float32Array.from(given.data, (_, i) => value(i)) } : given]
    }),
  )

const wide = ({ dim, valueRatio }: { dim: number; valueRatio: number }) => dim * valueRatio
const pairs: readonly (readonly [Mixer, Mixer])[] = [
  [linearAttention, augmented(linearAttention, { id: 'augmented-linear-attention' })],
  [normAttention, augmented(normAttention, { id: 'augmented-norm-attention' })],
  [gla, augmented(gla, { id: 'augmented-gla' })],
  [rebased, augmented(rebased, { id: 'augmented-rebased' })],
  [retnet, augmented(retnet, { id: 'augmented-retnet', width: wide })],
  [groupedLinearAttention, augmented(groupedLinearAttention, { id: 'augmented-groups' })],
]

describe.each(pairs)('$id, augmented', (plain, mixer) => {
  const model = modelOf(mixer)
  const tokens = randomTokens(70, 5)

  it('is the mixer itself with a kernel of zeros, exactly', async () => {
    const zeros = withKernel(model, () => 0)
    const own = Object.fromEntries(Object.entries(zeros).filter(([path]) => !kernel.test(path)))
    const expected = await wholeLogits(modelOf(plain), own, tokens, executor)
    expect(await wholeLogits(model, zeros, tokens, executor)).toEqual(expected)
  })

  it('is another with any other kernel, and no less causal', async () => {
    const given = withKernel(model, (index) => Math.sin(index))
    const before = await wholeLogits(model, given, tokens, executor)
    expect(before).not.toEqual(
      await wholeLogits(
        model,
        withKernel(model, () => 0),
        tokens,
        executor,
      ),
    )
    const changed = tokens.with(40, (tokens[40] + 1) % vocabulary)
    const after = await wholeLogits(model, given, changed, executor)
    expect(after.slice(0, 40)).toEqual(before.slice(0, 40))
    expect(after[40]).not.toEqual(before[40])
  })
})
