/** pv-rnn: what the meta-prior makes of chance in sequences, and what regressing errors tells about the next symbols. */
import { pvRnn } from '../../../models/index.js'
import { createRandom, type Random } from '../../../tasks/index.js'
import type { Batch } from '../../../training/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { choices, integers, learnNetwork, type TrainedNetwork } from '../../lab/index.js'

/** A machine over four symbols: 0 goes to 1 or 2, 2 goes over 3, and all come back to 0. */
const machine = [
  [0, 0.7, 0.3, 0],
  [1, 0, 0, 0],
  [0, 0, 0, 1],
  [1, 0, 0, 0],
]
const symbols = machine.length
const sequences = 64
const length = 24
/** Symbols known of a new sequence, the rest is predicted. */
const known = 12
const predicted = 4
const draws = 10

function sequence(random: Random): number[] {
  const drawn = [random.below(symbols)]
  while (drawn.length < length) drawn.push(random.weighted(machine[drawn[drawn.length - 1]]))
  return drawn
}

/** The inputs for these sequences, each with adaptive vectors of its own, of which the first `seen` symbols are known. */
const inputsOf = (rows: readonly (readonly number[])[], seen: number): Batch => ({
  sequence: integers(rows.map((_, row) => [row]), []),
  symbols: integers(rows, [length]),
  observed: integers(rows.map((row) => row.map((_, at) => Number(at < seen))), [length]),
})

const drawnBy = (seed: number) => {
  const random = createRandom(seed, 5)
  return Array.from({ length: sequences }, () => sequence(random))
}

/** How often each symbol follows each, in what the net generates. */
function transitions(texts: readonly number[][]) {
  const counts = machine.map((row) => row.map(() => 0))
  for (const text of texts) for (let at = 1; at < text.length; at++) counts[text[at - 1]][text[at]] += 1
  const total = counts.flat().reduce((a, b) => a + b, 0)
  const rows = counts.map((row) => row.reduce((a, b) => a + b, 0))
  const impossible = counts.flatMap((row, from) => row.filter((_, to) => machine[from][to] === 0))
  // Σ p(from) Σ p(to | from) log p(to | from) / q(to | from) with the machine's p; half a count for what never came.
  const stationary = [1, machine[0][1], machine[0][2], machine[0][2]].map((share) => share / 2.3)
  const divergence = machine.flatMap((row, from) =>
    row.map((p, to) => (p > 0 ? stationary[from] * p * Math.log(p / ((counts[from][to] || 0.5) / (rows[from] || 1))) : 0)),
  )
  return {
    divergence: divergence.reduce((a, b) => a + b, 0),
    impossible: impossible.reduce((a, b) => a + b, 0) / total,
  }
}
