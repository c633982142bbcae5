/** LAVO: whether it goes on beyond the length it was trained at, from a state that does not grow. */
import { lavo as mixer } from '../../../mechanisms/index.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, learnText, readTwice } from '../../lab/index.js'

const [trainedAt, longer] = [64, 512]
const designs = {
  LAVO: { id: 'lavo', slots: 16, window: 16 },
  'softmax attention': { id: 'softmax' },
}

export const lavo: Demonstration = {
  id: 'lavo',
  files: ['mechanisms/linear-attention/lavo.ts', 'nn/look-back.ts'],
  seed: 1,
  changed: `Sizes: two layers of 32 features, characters instead of bytes, 400 steps at ${trainedAt} tokens and tested at ${longer}, which is eight times as many as in the original of 512 and 4,096. As a control softmax attention with rotary positions.`,
  async run(lab) {
    const results = await lab.each(Object.entries(designs), async ([name, choice], own) => {
      own.progress(`training ${name}`)
      const model = { dim: 32, layers: 2, heads: 2, mixers: [choice as { id: string }], bias: false }
      const learned = await learnText(own, { model, steps: 400, batch: 16, context: trainedAt, rate: 4e-3 })
      const losses = [await learned.loss(16_384), await learned.loss(16_384, longer)]
      const states = [await readTwice(own, learned, trainedAt), await readTwice(own, learned, longer)]
      return { losses, ratio: Math.exp(losses[1] - losses[0]), states }
    })
    const [ours, theirs] = results
    const [short, long] = ours.states
    return {
      claims: [
        {
          says: `perplexity at ${longer} tokens is at most 5 % above that at ${trainedAt}, where it was trained`,
          holds: ours.ratio <= 1.05,
          figures: Object.keys(designs).flatMap((name, i) => [
            { name: `${name}: loss at ${trainedAt}, nats`, value: results[i].losses[0], tolerance: 0.04 },
            {
              name: `${name}: perplexity at ${longer} over that`,
              value: results[i].ratio,
              tolerance: i === 0 ? 0.04 : 0.2,
            },
          ]),
        },
        {
          says: 'token by token it gives what it gives at once, to 1e-5, and its state does not grow, where a cache does',
          holds: long.error <= 1e-5 && long.stateBytes === short.stateBytes,
          figures: [
            { name: `difference of logits after ${longer} tokens`, value: long.error, tolerance: 1e-5 },
            {
              name: `bytes of state after ${longer} tokens over ${trainedAt}`,
              value: long.stateBytes / short.stateBytes,
              tolerance: 0,
            },
            {
              name: 'the same of softmax attention',
              value: theirs.states[1].stateBytes / theirs.states[0].stateBytes,
              tolerance: 0.01,
            },
          ],
        },
        await formsAgree(lab, mixer),
      ],
      sentence: `Perplexity at ${longer} tokens is ${ours.ratio.toFixed(3)} times that at ${trainedAt}, where training ended (softmax attention: ${theirs.ratio.toFixed(3)}), from ${long.stateBytes} bytes of state at any length.`,
    }
  },
}
