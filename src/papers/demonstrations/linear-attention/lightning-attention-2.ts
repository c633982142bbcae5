/** Lightning Attention-2: tiles of every size, forward and backward, at constant cost a token. */
import type { Demonstration } from '../../demonstration.js'
import { blocksChangeNothing, constantSpeed, equalSteps } from './blocks.js'

export const lightningAttention2: Demonstration = {
  id: 'lightning-attention-2',
  files: ['mechanisms/linear-attention/transnormer-llm.ts', 'nn/decay.ts'],
  seed: 1,
  changed: equalSteps,
  async run(lab) {
    const equal = await blocksChangeNothing(lab, [16, 32, 64, 128, 256])
    const speed = await constantSpeed(lab)
    const worst = Math.max(...equal.figures.map(({ value }) => value))
    return {
      claims: [equal, speed],
      sentence: `Blocks differ from the recurrence by ${worst.toExponential(1)} at most; at equal tokens a step one costs ${speed.figures[0].value.toFixed(2)} times as much in texts of 16,384 as in texts of 1,024, with softmax attention ${speed.figures[1].value.toFixed(1)} times at 4,096.`,
    }
  },
}
