/** The linear Transformer: forms that agree, decoding at constant cost, a copied string, and how much its state holds. */
import { concat, full, mul, reshape, slice, square, sub, sum, type Tensor } from '../../../engine/index.js'
import { createDecoder, type Decoder } from '../../../inference/index.js'
import { linearAttention } from '../../../mechanisms/index.js'
import { createModel } from '../../../models/index.js'
import { eluPlusOne, gaussian, linearAttnNormalized, matrix, parameter, softmaxAttn } from '../../../nn/index.js'
import { createLearner, rateAt } from '../../../training/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnTask, timeInTurns } from '../../lab/index.js'

const [near, far] = [256, 16_384]
/** Channels of a head, and numbers of pairs from below that to far above it. */
const width = 16
const counts = [8, 16, 24, 32]
const steps = 600

export const linearTransformer: Demonstration = {
  id: 'linear-transformer',
  files: ['mechanisms/linear-attention/linear-attention.ts', 'nn/kernel-attention.ts'],
  seed: 1,
  changed:
    'sizes: two layers of 64 features, strings of 12 of 10 symbols; the limit of recall is that of the state, with queries and keys learned freely, as a trained model’s is lower and depends on its training',
  async run(lab) {
    const copied = await copying(lab)
    const capacity = await recall(lab)
    const decoding = await flatDecoding(lab)
    const [copies] = copied.figures
    return {
      claims: [await formsAgree(lab, linearAttention), decoding, copied, capacity],
      sentence: `A token costs ${decoding.figures[0].value.toFixed(2)} times as much after ${far} tokens as after ${near} (softmax attention ${decoding.figures[1].value.toFixed(1)} times); ${(100 * copies.value).toFixed(1)}% of strings are copied; a head with ${width} channels loses ${counts.map((pairs, i) => `${(100 * capacity.figures[i].value).toFixed(0)}% of ${pairs}`).join(', ')} pairs.`,
    }
  },
}

/** Milliseconds of a token far into a text over those near its start, softmax attention beside it. */
async function flatDecoding(lab: Lab): Promise<Claim> {
  lab.progress(`decoding up to ${far} tokens`)
  const input = { kind: 'tokens', vocabulary: 64 } as const
  const burst = Int32Array.from({ length: 32 }, (_, t) => t)
  const decoders: Decoder[] = []
  for (const id of ['linear-attention', 'softmax']) {
    const model = createModel({ input, dim: 64, layers: 2, mixers: [{ id }] })
    for (const count of [near, far]) {
      lab.signal?.throwIfAborted()
      const decoder = await createDecoder(model, model.initialParameters(lab.seed), lab)
      await decoder.prefill(Int32Array.from({ length: count }, (_, t) => (t * 7919) % input.vocabulary))
      decoders.push(decoder)
    }
  }
  const speak = (decoder: Decoder) => async () => {
    for (const token of burst) await decoder.step([token])
  }
  const times = await timeInTurns(lab, decoders.map(speak), { rounds: 15 })
  for (const decoder of decoders) await decoder.dispose()
  const [linear, softmax] = [times[1] / times[0], times[3] / times[2]]
  return {
    says: `the time of a token stays the same up to ${far} tokens, where softmax attention’s grows`,
    holds: linear < 1.5 && softmax > 2,
    figures: [
      { name: `time of a token after ${far} tokens over after ${near}`, value: linear, tolerance: 0.7 },
      { name: 'the same of softmax attention', value: softmax, tolerance: (3 * softmax) / 4 },
    ],
  }
}

async function copying(lab: Lab): Promise<Claim> {
  lab.progress('learning to copy')
  const learned = await learnTask(lab, 'copying:length=12:alphabet=10', {
    model: { dim: 64, layers: 2, mixers: [{ id: 'linear-attention' }], positions: 'learned', maxPositions: 64 },
    steps: 1000,
    batch: 32,
    rate: 3e-3,
    schedule: 'wsd',
  })
  const { score } = await learned.score()
  return {
    says: 'strings of 12 symbols are copied without a mistake',
    holds: score >= 0.95,
    figures: [{ name: 'strings copied exactly', value: score, tolerance: 0.04 }],
  }
}

/**
 * Queries and keys of n pairs, learned freely to recall all of them: the n × n weights W of the queries should be the
 * identity. The error ‖W − I‖² / n is the share of the values’ variance that is lost. W has rank d at most, so that no
 * linear attention loses less than 1 − d/n.
 */
async function recall(lab: Lab): Promise<Claim> {
  const lost = async (pairs: number, weightsOf: (q: Tensor, k: Tensor) => Tensor) => {
    lab.progress(`recalling ${pairs} pairs with ${width} channels`)
    const table = parameter([1, 1, pairs, width], gaussian(1))
    const learner = await createLearner(lab.executor, {
      parameters: { query: table, key: table },
      inputs: {},
      loss({ query, key }) {
        const identity = matrix(pairs, pairs, (row, column) => +(row === column))
        return { loss: mul(sum(square(sub(weightsOf(query, key), identity))), 1 / pairs), fetch: {} }
      },
      seed: lab.seed,
    })
    let loss = 1
    for (let step = 1; step <= steps; step++) {
      loss = (await learner.step(step, {}, rateAt('wsd', step, { peak: 0.1, warmup: 20, steps }))).loss
    }
    learner.dispose()
    return loss
  }
  const linear: number[] = []
  for (const pairs of counts) linear.push(await lost(pairs, linearWeights))
  const softmax = await lost(counts[counts.length - 1], (q, k) => recalled(softmaxAttn, q, k))
  const bound = (pairs: number) => Math.max(0, 1 - width / pairs)
  // As many pairs as channels fit, but descent may leave some of them sharing a channel.
  const holds = counts.every((pairs, i) => linear[i] >= bound(pairs) && linear[i] < bound(pairs) + 0.2)
  return {
    says: `a head with ${width} channels recalls half as many pairs without loss, and of more than ${width} loses the share that is more; softmax attention does not`,
    holds: holds && linear[0] < 0.01 && softmax < 0.01,
    figures: [
      ...counts.map((pairs, i) => ({
        name: `share lost of ${pairs} pairs (at least ${bound(pairs).toFixed(2)})`,
        value: linear[i],
        tolerance: pairs === width ? 0.15 : 0.02,
      })),
      { name: `share that softmax attention loses of ${counts[counts.length - 1]}`, value: softmax, tolerance: 0.02 },
    ],
  }
}

/** The weights that n queries, after n keys, give to the keys: what an attention makes of unit vectors as values. */
function recalled(attention: (q: Tensor, k: Tensor, v: Tensor) => Tensor, queries: Tensor, keys: Tensor): Tensor {
  const n = keys.shape[2]
  const none = full(keys.shape, 0)
  const values = reshape(
    matrix(2 * n, n, (row, column) => +(row === column)),
    [1, 1, 2 * n, n],
  )
  return slice(attention(concat([none, queries], 2), concat([keys, none], 2), values), 2, n)
}

const linearWeights = (q: Tensor, k: Tensor) =>
  recalled((...given) => linearAttnNormalized(...given, { chunk: 16 }), eluPlusOne(q), eluPlusOne(k))
