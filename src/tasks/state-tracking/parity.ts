/**
 * Parity: whether a sequence of bits has an odd number of ones.
 *
 *   s_t = s_{t−1} ⊕ x_t        one bit of state, flipped by every 1
 *
 * Input: bits, each 0 or 1 with probability ½. Answer: the parity of all bits, asked at the last of them; with `every`,
 * the parity of the bits so far, asked at each. Either way each answer is 0 or 1 with probability ½.
 */
import { z } from 'zod'
import { defineTask } from '../task.js'
import { grazzi, grazziFigures } from './grazzi.js'
import { labelled, shownAs } from './labels.js'
import { upToLength } from './lengths.js'

export const parity = defineTask({
  kind: 'examples',
  id: 'parity',
  group: 'state-tracking',
  title: 'Parity',
  shows: 'Whether one bit of state can be flipped again and again, at lengths never seen in training.',
  source: {
    ...grazzi,
    note: 'As in the authors’ configuration: trained on lengths drawn from 3–40, one answer at the end. Their validation and test lengths are drawn from 40–256; here validation has the training lengths and a test at a length has exactly that many bits. Their lengths count the place of the answer, these the bits. Prefix parities (every) are an addition: many more answers a sequence, so learned in fewer steps.',
  },
  config: z.strictObject({
    length: z.int().min(1).default(40).describe('most bits in training; test sequences have exactly as many'),
    minLength: z.int().min(1).default(3).describe('fewest bits in training'),
    every: z.boolean().default(false).describe('ask for the parity so far at every bit, not at the last alone'),
  }),
  difficulty: { setting: 'length', values: [40, 64, 128, 256] },
  metric: 'accuracy',
  published: grazziFigures(['parity']),

  async open({ length, minLength, every }) {
    return upToLength({
      task: 'parity',
      length,
      minLength,
      input: { kind: 'tokens', vocabulary: 2 },
      output: { kind: 'tokens' },
      answers: every ? length : 1,
      chance: 0.5,
      draw(random, length) {
        let state = 0
        const bits = Array.from({ length }, () => random.below(2))
        const parities = bits.map((bit) => {
          state ^= bit
          return state
        })
        return labelled(bits, parities, (position) => every || position === length - 1)
      },
      show: shownAs(['0', '1']),
    })
  },
})
