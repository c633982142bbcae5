/**
 * Counting: how often the symbol just read has come so far, modulo m.
 *
 * Input: symbols, uniform. Answer, at every position: the count of that symbol up to and with it, as a number of its own
 * among the tokens. The modulus keeps the answers within those seen in training, so that a model can be tested at any
 * length; a modulus above the length counts without one.
 */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { labelled, shownAs } from './labels.js'

export const counting = defineTask({
  kind: 'examples',
  id: 'counting',
  group: 'state-tracking',
  title: 'Counting',
  shows: 'Whether several counters can be kept apart, and whether they go on beyond the training length.',
  source: {
    title: 'Language Models Need Inductive Biases to Count Inductively',
    authors: 'Chang, Bisk',
    year: 2024,
    arxiv: '2405.20131',
    note: 'Their selective counting, where each of several symbols has its own counter, joined with their modular counting: without a modulus, longer sequences ask for numbers that training never showed. As with them, all sequences have one length and every position is asked.',
  },
  config: z.strictObject({
    symbols: z.int().min(2).max(26).default(4).describe('different symbols, each with a counter'),
    modulus: z.int().min(2).max(1024).default(10).describe('counts are given modulo this'),
    length: z.int().min(1).default(64).describe('symbols of a sequence'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512] },
  metric: 'accuracy',

  async open({ symbols, modulus, length }) {
    const letters = Array.from({ length: symbols }, (_, symbol) => String.fromCharCode(97 + symbol))
    const numbers = Array.from({ length: modulus }, (_, number) => String(number))
    return generated({
      task: 'counting',
      input: { kind: 'tokens', vocabulary: symbols + modulus },
      output: { kind: 'tokens' },
      length,
      answers: length,
      chance: likeliestCount(symbols, modulus, length),
      draw(random) {
        const counts = letters.map(() => 0)
        const word = Array.from({ length }, () => random.below(symbols))
        return labelled(
          word,
          word.map((symbol) => symbols + (++counts[symbol] % modulus)),
        )
      },
      show: shownAs([...letters, ...numbers]),
    })
  },
})

/** The mean over positions t of the largest probability of (1 + Binomial(t, 1 / symbols)) mod modulus. */
function likeliestCount(symbols: number, modulus: number, length: number): number {
  let counts = new Float64Array(modulus)
  counts[1] = 1
  let sum = 0
  for (let position = 0; position < length; position++) {
    sum += Math.max(...counts)
    const last = counts
    counts = last.map((same, count) => same * (1 - 1 / symbols) + last[(count + modulus - 1) % modulus] / symbols)
  }
  return sum / length
}
