/** Sequences of Markov chains, each with a table of its own: whoever has seen more of one predicts it better. */
import { type ExampleSource, generated, type Random } from '../../../tasks/index.js'

export const symbols = 16
/** Of the Dirichlet distribution of the rows of tables, which are Gamma variables of this shape over their sum. */
const concentration = 0.1

/** A Gamma variable of a shape below 1: Marsaglia and Tsang's method for the shape and one, times a power of a uniform. */
function gammaDraw(random: Random, shape: number): number {
  const d = shape + 1 - 1 / 3
  for (;;) {
    const z = random.normal()
    const cube = (1 + z / Math.sqrt(9 * d)) ** 3
    const accepted = cube > 0 && Math.log(1 - random.uniform()) < z ** 2 / 2 + d - d * cube + d * Math.log(cube)
    if (accepted) return d * cube * random.uniform() ** (1 / shape)
  }
}

/** Chains of `length` symbols, of which those at `from` to `to` are to be predicted. */
export function markovChains(length: number, { from = 0, to = length } = {}): ExampleSource {
  return generated({
    task: 'Markov chains',
    input: { kind: 'tokens', vocabulary: symbols },
    output: { kind: 'tokens' },
    length,
    answers: to - from,
    chance: 1 / symbols,
    draw(random) {
      const table = Array.from({ length: symbols }, () =>
        Array.from({ length: symbols }, () => gammaDraw(random, concentration)),
      )
      const chain = new Int32Array(length + 1)
      chain[0] = random.below(symbols)
      for (let t = 0; t < length; t++) chain[t + 1] = random.weighted(table[chain[t]])
      const weights = new Float32Array(length).fill(1, from, to)
      return { inputs: chain.slice(0, -1), targets: chain.slice(1), weights }
    },
    show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: targets.join(' ') }),
  })
}

/** Mean nats of the best prediction there is, from the counts so far, on the first test examples of a source. */
export function leastLoss(source: ExampleSource, examples: number): number {
  let loss = 0
  for (let index = 0; index < examples; index++) {
    const { inputs, targets, weights } = source.example('test', index)
    const counts = Array.from({ length: symbols }, () => new Float64Array(symbols))
    for (const [t, symbol] of (inputs as Int32Array).entries()) {
      const row = counts[symbol]
      const total = row.reduce((a, b) => a + b)
      const chance = (row[targets[t]] + concentration) / (total + symbols * concentration)
      loss -= weights[t] * Math.log(chance)
      row[targets[t]]++
    }
  }
  return loss / (examples * source.answers)
}
