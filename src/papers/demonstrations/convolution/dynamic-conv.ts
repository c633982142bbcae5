/** Dynamic convolutions: the lightweight ones are their constant case, text beside attention, and tokens of one price. */

import type { Tensor, TensorData } from '../../../engine/index.js'
import { createDecoder } from '../../../inference/index.js'
import { dynamicConv } from '../../../mechanisms/index.js'
import { carriedState, createModel } from '../../../models/index.js'
import { gaussian, parameterStream } from '../../../nn/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnText, timeInTurns } from '../../lab/index.js'

const [near, far] = [128, 8192]
const steps = 400
const text = { dim: 48, layers: 2, heads: 4 } as const

export const dynamicConvDemonstration: Demonstration = {
  id: 'dynamic-conv',
  files: ['mechanisms/convolution/dynamic-conv.ts', 'nn/look-back.ts'],
  seed: 1,
  changed: `sizes: two layers of ${text.dim} channels, ${steps} steps on windows of 64 characters of plays; the dynamic layers have 2 % more parameters than attention`,
  async run(lab) {
    const agreement = await formsAgree(lab, dynamicConv)
    const constant = await constantPredictor(lab)
    const learned = await besideAttention(lab)
    const flat = await tokenTimes(lab)
    const [ours, theirs] = learned.figures.map(({ value }) => value.toFixed(3))
    return {
      claims: [agreement, constant, learned, flat],
      sentence: `Loss of text ${ours} nats, with self-attention ${theirs}; a token costs ${flat.figures[0].value.toFixed(2)} times as much after ${far} tokens as after ${near} (attention ${flat.figures[1].value.toFixed(1)} times).`,
    }
  },
}

/** A predictor of zeros leaves every token the same kernels: those of the lightweight convolution. */
async function constantPredictor(lab: Lab): Promise<Claim> {
  const [T, vocabulary] = [48, 16]
  const [dynamic, light] = [true, false].map((isDynamic) =>
    createModel({
      ...text,
      input: { kind: 'tokens', vocabulary },
      mixers: [{ id: 'dynamic-conv', taps: 7, dynamic: isDynamic }],
    }),
  )
  const drawn = (path: string, shape: readonly number[]): TensorData => ({
    shape,
    dtype: 'f32',
    data: path.includes('predictor')
      ? new Float32Array(shape.reduce((a, b) => a * b, 1))
      : gaussian(0.5)(shape, parameterStream(lab.seed, path)),
  })
  const tokens = Int32Array.from({ length: T }, (_, t) => (t * t + 3 * t) % vocabulary)
  const features = async (model: typeof dynamic) => {
    const given: Record<string, TensorData> = {
      ...Object.fromEntries(model.parameterList.map(({ path, shape }) => [path, drawn(path, shape)])),
      ' tokens': { shape: [1, T], dtype: 'i32', data: tokens },
    }
    const { y } = await compute(lab, given, (all: Record<string, Tensor>) => {
      const tensors = model.nest(({ path }) => all[path])
      return { y: model.forward(tensors, { x: all[' tokens'] }, carriedState(model, {}, 1)).features }
    })
    return y
  }
  const error = largestError(await features(dynamic), await features(light))
  return {
    says: 'with a predictor that tells all tokens the same, it is the lightweight convolution, to 1e-6',
    holds: error <= 1e-6,
    figures: [{ name: 'constant predictor against fixed kernels: largest error', value: error, tolerance: 1e-6 }],
  }
}

async function besideAttention(lab: Lab): Promise<Claim> {
  const results = []
  for (const mixer of [{ id: 'dynamic-conv' }, { id: 'softmax' }]) {
    lab.progress(`learning text with ${mixer.id}`)
    const model = { ...text, mixers: [mixer] }
    const learner = await learnText(lab, { model, context: 64, steps, batch: 12, rate: 3e-3 })
    results.push({ loss: await learner.loss(16_384), parameters: learner.model.parameterCount })
  }
  const [ours, theirs] = results
  const holds = ours.loss - theirs.loss <= 0.05
  return {
    says: 'its loss of text is at most 0.05 nats above that of self-attention at equal parameters',
    holds,
    figures: [
      { name: 'dynamic convolutions: loss of characters, nats', value: ours.loss, tolerance: 0.04 },
      { name: 'self-attention: loss of characters, nats', value: theirs.loss, tolerance: 0.04 },
      { name: 'share of the parameters of self-attention', value: ours.parameters / theirs.parameters, tolerance: 0 },
    ],
    ...(!holds && { because: 'a kernel of 15 tokens sees too little of a window of 64' }),
  }
}

/** What a token costs near the start of a text and far into it, self-attention beside it. */
async function tokenTimes(lab: Lab): Promise<Claim> {
  lab.progress(`decoding up to ${far} tokens`)
  const input = { kind: 'tokens', vocabulary: 64 } as const
  const decoders = []
  for (const id of ['dynamic-conv', 'softmax']) {
    const model = createModel({ ...text, input, mixers: [{ id }] })
    for (const count of [near, far]) {
      const decoder = await createDecoder(model, model.initialParameters(lab.seed), lab)
      await decoder.prefill(Int32Array.from({ length: count }, (_, t) => (t * 7919) % 64))
      decoders.push(decoder)
    }
  }
  const times = await timeInTurns(
    lab,
    decoders.map((decoder) => async () => {
      for (let token = 0; token < 8; token++) await decoder.step([token])
    }),
    { rounds: 15 },
  )
  const held = await Promise.all(decoders.map(async (decoder) => (await decoder.bytes()).used))
  for (const decoder of decoders) await decoder.dispose()
  const [ours, theirs] = [times[1] / times[0], times[3] / times[2]]
  return {
    says: `a token costs the same, in time and memory, after ${near} tokens and after ${far}, where self-attention’s cost grows`,
    holds: ours < 1.5 && held[1] === held[0] && theirs > 1.5 && held[3] > 10 * held[2],
    figures: [
      { name: `time of a token after ${far} tokens over after ${near}`, value: ours, tolerance: 0.5 },
      { name: 'the same of self-attention', value: theirs, tolerance: (3 * theirs) / 4 },
      { name: 'bytes of state after the far over the near tokens', value: held[1] / held[0], tolerance: 0 },
      { name: 'the same ratio of bytes of self-attention', value: held[3] / held[2], tolerance: 1 },
    ],
  }
}
