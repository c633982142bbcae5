/** The linear Transformer: forms that agree, decoding at constant cost, a copied string, and how much its state holds. */
import { createDecoder, type Decoder } from '../../../inference/index.js'
import { linearAttention } from '../../../mechanisms/index.js'
import { createModel } from '../../../models/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { formsAgree, learnTask, timeInTurns } from '../../lab/index.js'

const [near, far] = [256, 16_384]
const pairs = 16
/** Width of the one head, from below the number of pairs to far above it. */
const widths = [8, 16, 64]

export const linearTransformer: Demonstration = {
  id: 'linear-transformer',
  files: ['mechanisms/linear-attention/linear-attention.ts', 'nn/kernel-attention.ts'],
  seed: 1,
  changed:
    'sizes: two layers of 64 features; strings of 12 of 10 symbols; the limit is shown as accuracy on 16 pairs below, at and above a width of 16',
  async run(lab) {
    const copied = await copying(lab)
    const capacity = await recall(lab)
    const decoding = await flatDecoding(lab)
    const [copies] = copied.figures
    return {
      claims: [await formsAgree(lab, linearAttention), decoding, copied, capacity],
      sentence: `A token costs ${decoding.figures[0].value.toFixed(2)} times as much after ${far} tokens as after ${near} (softmax attention ${decoding.figures[1].value.toFixed(1)} times); ${(100 * copies.value).toFixed(1)}% of strings are copied; ${pairs} pairs are recalled at ${capacity.figures.map(({ value }) => value.toFixed(2)).join(', ')} with heads of width ${widths.join(', ')}.`,
    }
  },
}

/** Milliseconds of a token far into a text over those near its start, softmax attention beside it. */
async function flatDecoding(lab: Lab): Promise<Claim> {
  lab.progress(`decoding up to ${far} tokens`)
  const input = { kind: 'tokens', vocabulary: 64 } as const
  const burst = Int32Array.from({ length: 8 }, (_, t) => t)
  const decoders: Decoder[] = []
  for (const id of ['linear-attention', 'softmax']) {
    const model = createModel({ input, dim: 64, layers: 2, mixers: [{ id }] })
    for (const count of [near, far]) {
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
      { name: `time of a token after ${far} tokens over after ${near}`, value: linear, tolerance: linear / 2 },
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

/** Recall by a single head of the model's width, its keys beside their values through a window of two tokens. */
async function recall(lab: Lab): Promise<Claim> {
  const task = `mqar:length=64:pairs=${pairs}:vocabulary=128`
  const shift = { id: 'softmax', window: 16 }
  const designs = [...widths.map((dim) => ({ dim, id: 'linear-attention' })), { dim: widths[0], id: 'softmax' }]
  const scores = await lab.each(designs, async ({ dim, id }, own) => {
    own.progress(`recalling with ${id} of width ${dim}`)
    const model = { dim, layers: 2, heads: 1, mixers: [shift, { id }], bias: false }
    const learned = await learnTask(own, task, { model, steps: 1000, batch: 32, rate: 4e-3, schedule: 'wsd' })
    return (await learned.score()).score
  })
  const [below, at, above, control] = scores
  return {
    says: `a head recalls ${pairs} pairs only when it is wider than there are pairs`,
    holds: below < 0.5 && below < at && at < above && above > 0.95,
    figures: [
      ...widths.map((dim, i) => ({ name: `accuracy with a head of width ${dim}`, value: scores[i], tolerance: 0.1 })),
      { name: `accuracy of softmax attention of width ${widths[0]}`, value: control, tolerance: 0.15 },
    ],
    ...(above <= 0.95 && { because: 'training' }),
  }
}
