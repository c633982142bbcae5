import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import { defineTask } from '../task.js'
import { drawnCoin, knownCoins, switchingPredictions } from './switching-filter.js'

const start = 2

export const switchingMixture = defineTask({
  kind: 'examples',
  id: 'switching-mixture',
  group: 'functions',
  title: 'Switching Bayesian mixture',
  shows: 'How near a model comes to the exact Bayesian predictor of a coin that is exchanged unseen.',
  source: {
    title: 'Memory-Based Meta-Learning on Non-Stationary Distributions',
    authors: 'Genewein, Delétang, Ruoss, Li, Catt, Dutordoir, Grau-Moya, Orseau, Hutter and Veness',
    year: 2023,
    arxiv: '2302.03067',
    note: 'Its source with the LIN prior (Willems 1996) is hazard=harmonic:switching=0.5:length=256 with coins=0. A constant hazard and coins known beforehand are added here; its PTW prior is left out. Where few tosses or switches make a sequence likely (all zeros), it belongs to one part alone, whose distribution then departs from the source.',
  },
  metric: 'loss',
  config: z.strictObject({
    length: z.int().min(1).max(8192).default(128).describe('tosses'),
    switching: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('probability that a coin is exchanged after its first toss'),
    hazard: z
      .enum(['constant', 'harmonic'])
      .default('constant')
      .describe('after the n-th toss: constant, the same probability; harmonic, 1/n of it'),
    coins: z
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('0: each coin has a bias of its own from Beta(½, ½); K ≥ 2: it is one of K with biases (i + ½) / K'),
  }),
  difficulty: { setting: 'switching', values: [0.02, 0.05, 0.1, 0.2, 0.5] },
  async open({ length, switching, hazard, coins }) {
    if (coins === 1) {
      throw new UserError('task switching-mixture: coins must be 0 or at least 2, got 1 – use 0 for biases drawn anew')
    }
    const exchange = hazard === 'constant' ? () => switching : (tosses: number) => switching / tosses
    const biases = Array.from({ length: coins }, (_, i) => (i + 0.5) / coins)
    const coin = coins === 0 ? drawnCoin : knownCoins(biases)
    // The square of a sine at a uniform angle has the arcsine distribution, which is Beta(½, ½).
    const draw = (random: Random) =>
      coins === 0 ? Math.sin((Math.PI / 2) * random.uniform()) ** 2 : random.pick(biases)

    return generated({
      task: 'switching-mixture',
      input: { kind: 'tokens', vocabulary: 3 },
      output: { kind: 'tokens' },
      length,
      answers: length,
      chance: Math.LN2,
      draw(random) {
        const targets = new Int32Array(length)
        let bias = draw(random)
        let tosses = 0
        for (let t = 0; t < length; t++) {
          targets[t] = random.chance(bias) ? 1 : 0
          tosses++
          if (!random.chance(exchange(tosses))) continue
          bias = draw(random)
          tosses = 0
        }
        return {
          inputs: Int32Array.of(start, ...targets.subarray(0, -1)),
          targets,
          weights: new Float32Array(length).fill(1),
        }
      },
      show: ({ inputs, targets }) => ({ input: `^${inputs.slice(1).join('')}`, answer: targets.join('') }),
      bound: ({ targets }) => switchingPredictions(targets, exchange, coin).map(entropy),
    })
  },
})

/** Of a toss that shows 1 with this probability, in nats. */
function entropy(probability: number): number {
  const term = (p: number) => (p > 0 ? -p * Math.log(p) : 0)
  return term(probability) + term(1 - probability)
}
