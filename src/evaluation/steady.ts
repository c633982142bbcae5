/** Whether training stays finite: a small model of a mechanism taking steps as `train` does by default. */
import { randomBelow, randomBits } from '../data/index.js'
import type { Executor, TensorData } from '../engine/index.js'
import type { ChannelMixer, Mixer } from '../mechanisms/index.js'
import { createModel, type Network } from '../models/index.js'
import { parameterStream } from '../nn/index.js'
import { adamW, createLearner, createSession, rateAt, trainingSettings } from '../training/index.js'
import { optionsOf } from './conformance/variants.js'

export type Mechanism = Mixer | ChannelMixer | Network

/** What a mechanism is trained on: texts whose tokens tell the token before, single tokens, or one token again and again. */
export const diets = ['texts', 'single tokens', 'constant input'] as const
export type Diet = (typeof diets)[number]

export interface SteadyOptions {
  readonly diet: Diet
  readonly steps: number
  readonly seed: number
  readonly executor: Executor
}

export interface SteadyReport {
  readonly mechanism: string
  readonly diet: Diet
  readonly seed: number
  /** Steps that were finite, in loss, gradient and, at the end, parameters. */
  readonly finite: number
  readonly steps: number
  /** The loss of the last step. */
  readonly loss: number
}

const sizes = { batch: 4, length: 32, vocabulary: 16, dim: 32, heads: 4 }

/** Takes steps until one is not finite. */
export async function trainsFinitely(mechanism: Mechanism, options: SteadyOptions): Promise<SteadyReport> {
  const { diet, steps, seed } = options
  const { rate: peak, weightDecay, schedule } = trainingSettings.parse({})
  const training = await ('inputs' in mechanism ? ofNetwork(mechanism, options) : ofModel(mechanism, options))
  const report = { mechanism: mechanism.id, diet, seed, steps }
  let loss = Number.NaN
  try {
    for (let step = 1; step <= steps; step++) {
      const result = await training.step(
        step,
        rateAt(schedule, step, { peak, warmup: steps * 0.05, steps }),
        weightDecay,
      )
      loss = result.loss
      if (!Number.isFinite(loss) || !Number.isFinite(result.norm)) return { ...report, finite: step - 1, loss }
    }
    const held = Object.values(await training.parameters())
    const sound = held.every(({ data }) => data.every(Number.isFinite))
    return { ...report, finite: sound ? steps : steps - 1, loss }
  } finally {
    await training.dispose()
  }
}

interface Training {
  step(step: number, rate: number, weightDecay: number): Promise<{ loss: number; norm: number }>
  parameters(): Promise<Readonly<Record<string, TensorData>>>
  dispose(): Promise<void>
}

/** Two layers of a mixer in the presets' frame; of a channel mixer, around linear attention. */
async function ofModel(mechanism: Mixer | ChannelMixer, { diet, seed, executor }: SteadyOptions): Promise<Training> {
  const { batch, vocabulary, dim, heads } = sizes
  const channel = { id: 'forward' in mechanism ? mechanism.id : 'mlp' }
  const mixers = [{ id: 'forward' in mechanism ? 'gla' : mechanism.id }]
  const own = 'forward' in mechanism ? { channelMixers: [mechanism] } : { mixers: [mechanism] }
  const input = { kind: 'tokens', vocabulary }
  const model = createModel({ dim, heads, layers: 2, bias: false, norm: 'layer', channel, mixers, input }, own)
  const context = diet === 'single tokens' ? 1 : sizes.length
  const carry = model.layers.some(({ mixer }) => mixer.carries)
  const session = await createSession(model, adamW(), { batch, context, carry }, executor, seed)
  await session.load(model.initialParameters(seed))
  return {
    step(step, rate, weightDecay) {
      const token = (at: number) => (diet === 'constant input' ? 3 : randomBelow(vocabulary, seed, step, at))
      const tokens = (shift: number) => Int32Array.from({ length: batch * context }, (_, at) => token(at + shift))
      return session.step(step, [{ inputs: tokens(1), targets: tokens(0) }], rate, weightDecay)
    },
    parameters: () => session.store.read(),
    dispose: () => session.store.dispose(),
  }
}

/** A network at its smallest sizes, on random inputs or the same one in every place. */
async function ofNetwork(network: Network, { diet, seed, executor }: SteadyOptions): Promise<Training> {
  const [config] = optionsOf(network.config, (own) => network.config.parse(own))
  const inputs = network.inputs(config, sizes.batch)
  const learner = await createLearner(executor, {
    parameters: network.parameters(config),
    inputs,
    loss: (p, given, key) => ({ loss: network.forward(p, given, { config, training: true, key }).loss, fetch: {} }),
    seed,
  })
  const batch = (step: number) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, dtype, below = 2 }]): [string, TensorData] => {
        const length = shape.reduce((a, b) => a * b, 1)
        const random = parameterStream(randomBits(seed, step), name)
        const value = () => (diet === 'constant input' ? 0.5 : random())
        const data =
          dtype === 'i32'
            ? Int32Array.from({ length }, () => Math.floor(value() * below))
            : Float32Array.from({ length }, value)
        return [name, { shape, dtype, data }]
      }),
    )
  return {
    step: (step, rate, weightDecay) => learner.step(step, batch(step), rate, weightDecay),
    parameters: learner.parameters,
    dispose: learner.dispose,
  }
}
