/** TransNormerLLM: recurrent inference over 8,192 tokens, and what decay does for a language model. */
import { transnormerLlm } from '../../../mechanisms/index.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, learnText, readTwice } from '../../lab/index.js'

const tokens = 8192
/** Nats per character that two trainings differ by when only their seeds do. */
const noise = 0.01

export const transnormerllm: Demonstration = {
  id: 'transnormerllm',
  files: ['mechanisms/linear-attention/transnormer-llm.ts', 'mechanisms/channel/sglu.ts', 'models/presets.ts'],
  seed: 1,
  changed: 'sizes: four layers of 64 features, 400 steps on 1.1 MB of plays; speed is shown by lightning-attention',
  async run(lab) {
    const strengths = { decay: [1, 0.75, 0.5, 0.25], 'no decay': [0, 0, 0, 0] }
    const [decayed, plain] = await lab.each(Object.entries(strengths), async ([name, each], own) => {
      own.progress(`training with ${name}`)
      const mixers = each.map((strength, layer) => ({ id: 'transnormer-llm', rotation: layer === 0, strength }))
      const model = { dim: 64, layers: 4, mixers, channel: { id: 'sglu' }, bias: false }
      const learned = await learnText(own, { model, steps: 400, batch: 16, context: 128, rate: 3e-3 })
      const loss = await learned.loss()
      return { loss, ...(name === 'decay' && { reading: await readTwice(own, learned, tokens) }) }
    })
    const { error, stateBytes } = decayed.reading as NonNullable<typeof decayed.reading>
    const lead = plain.loss - decayed.loss
    return {
      claims: [
        await formsAgree(lab, transnormerLlm),
        {
          says: `token by token, ${tokens} tokens give the logits of one pass to 1e-5, in f32, from a state that does not grow`,
          holds: error <= 1e-5,
          figures: [
            { name: 'largest difference of logits', value: error, tolerance: 1e-5 },
            { name: 'bytes of state', value: stateBytes, tolerance: 0 },
          ],
        },
        {
          says: 'without decay the loss of a language model is higher',
          holds: lead > noise,
          figures: [
            { name: 'loss with decay, nats per character', value: decayed.loss, tolerance: 0.03 },
            { name: 'loss without decay', value: plain.loss, tolerance: 0.03 },
          ],
        },
      ],
      sentence: `Over ${tokens} tokens the recurrence stays within ${error.toExponential(1)} of one pass; decay lowers the loss from ${plain.loss.toFixed(3)} to ${decayed.loss.toFixed(3)} nats.`,
    }
  },
}
