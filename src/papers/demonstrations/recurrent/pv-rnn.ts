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
  sequence: integers(
    rows.map((_, row) => [row]),
    [],
  ),
  symbols: integers(rows, [length]),
  observed: integers(
    rows.map((row) => row.map((_, at) => Number(at < seen))),
    [length],
  ),
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
    row.map((p, to) =>
      p > 0 ? stationary[from] * p * Math.log(p / ((counts[from][to] || 0.5) / (rows[from] || 1))) : 0,
    ),
  )
  return {
    divergence: divergence.reduce((a, b) => a + b, 0),
    impossible: impossible.reduce((a, b) => a + b, 0) / total,
  }
}

const settings = (metaPrior: number) => ({ sequences, length, symbols, width: 20, latent: 2, timescale: 1, metaPrior })
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

async function learned(lab: Lab, metaPrior: number) {
  lab.progress(`meta-prior ${metaPrior}`)
  const rows = drawnBy(lab.seed)
  const all = inputsOf(rows, length)
  const learning = { examples: () => all, steps: 1000, batch: sequences, rate: 0.01, weightDecay: 0 }
  const trained = await learnNetwork(lab, pvRnn, settings(metaPrior), learning)
  const texts: number[][][] = []
  for (let draw = 1; draw <= draws; draw++) {
    const chosen = choices((await trained.ask(inputsOf(rows, 0), draw)).logits)
    texts.push(rows.map((_, row) => chosen.slice(row * length, (row + 1) * length)))
  }
  const twins = texts
    .slice(1)
    .flatMap((others, draw) =>
      others.flatMap((text, row) =>
        text.slice(known).map((symbol, at) => Number(symbol === texts[draw][row][known + at])),
      ),
    )
  return { trained, agreement: mean(twins), ...transitions(texts.flat()) }
}

/** Nats a predicted symbol and share of known symbols that are missed, before and after regressing the errors. */
async function regressed(lab: Lab, trained: TrainedNetwork, metaPrior: number) {
  const rows = drawnBy(lab.seed + 1)
  const weights = await trained.learner.parameters()
  const adaptive = { ...weights.adaptive, data: new Float32Array(weights.adaptive.data.length) }
  const regression = await learnNetwork(lab, pvRnn, settings(metaPrior), {
    examples: () => inputsOf(rows, known),
    steps: 300,
    batch: sequences,
    rate: 0.05,
    weightDecay: 0,
    start: { ...weights, adaptive },
    frozen: (path) => path !== 'adaptive',
  })
  const after = await predictions(regression, rows, known)
  const before = await predictions(regression, rows, 0)
  return { before, after }
}

/** With this many symbols of each row known: nats a symbol of those that follow position `known`, and what is missed. */
async function predictions(net: TrainedNetwork, rows: readonly number[][], seen: number) {
  const likelihoods = rows.map(() => new Array<number>(predicted).fill(0))
  let missed = 0
  for (let draw = 1; draw <= draws; draw++) {
    const { logits } = await net.ask(inputsOf(rows, seen), 100 + draw)
    const chosen = choices(logits)
    rows.forEach((row, index) => {
      for (let at = 0; at < known; at++) missed += Number(chosen[index * length + at] !== row[at])
      for (let at = 0; at < predicted; at++) {
        const from = (index * length + known + at) * symbols
        const powers = [...logits.data.subarray(from, from + symbols)].map(Math.exp)
        const share = powers[row[known + at]] / powers.reduce((a, b) => a + b, 0)
        likelihoods[index][at] += share / draws
      }
    })
  }
  const nats = mean(likelihoods.flat().map((likelihood) => -Math.log(Math.max(likelihood, 1e-3))))
  return { nats, missed: missed / (draws * rows.length * known) }
}

export const pvRnnDemonstration: Demonstration = {
  id: 'pv-rnn',
  files: ['models/networks/pv-rnn.ts'],
  seed: 1,
  changed:
    'the low meta-prior is 0; generated symbols are the likeliest of each step, so that all chance is in the latents',
  async run(lab) {
    const priors = [0, 0.1, 10] as const
    const [low, middle, high] = await lab.each(priors, async (metaPrior, own) => {
      const { trained, ...found } = await learned(own, metaPrior)
      return { ...found, predicted: metaPrior === 0.1 ? await regressed(own, trained, metaPrior) : undefined }
    })
    const { before, after } = middle.predicted!
    const named = (name: string) =>
      [low, middle, high].map((net, index) => ({ net, name: `${name}, meta-prior ${priors[index]}` }))
    return {
      claims: [
        {
          says: 'a meta-prior of 0.1 generates by the machine’s own probabilities, to less than 0.05 nats a transition',
          holds: middle.divergence < 0.05,
          figures: named('divergence of transitions').map(({ net, name }) => ({
            name,
            value: net.divergence,
            tolerance: net === middle ? 0.03 : 3,
          })),
        },
        {
          says: 'without a prior generation is noise: more than a tenth of its transitions are impossible ones',
          holds: low.impossible > 0.1 && middle.impossible < 0.05,
          figures: named('impossible transitions').map(({ net, name }) => ({
            name,
            value: net.impossible,
            tolerance: net === middle ? 0.03 : 0.3,
          })),
        },
        {
          says: 'with a meta-prior of 10 generation is deterministic: other draws give the same symbols',
          holds: high.agreement > 0.8 && middle.agreement < 0.5,
          figures: named('equal symbols of two draws').map(({ net, name }) => ({
            name,
            value: net.agreement,
            tolerance: 0.12,
          })),
        },
        {
          says: `regressing the errors of ${known} symbols lowers the error of these and of the ${predicted} that follow`,
          holds: after.missed < before.missed / 2 && after.nats < before.nats,
          figures: [
            { name: 'known symbols missed, generated', value: before.missed, tolerance: 0.08 },
            { name: 'known symbols missed, after regression', value: after.missed, tolerance: 0.08 },
            { name: 'nats a following symbol, generated', value: before.nats, tolerance: 0.2 },
            { name: 'nats a following symbol, after regression', value: after.nats, tolerance: 0.2 },
          ],
        },
      ],
      sentence:
        `Divergence of transitions ${low.divergence.toFixed(3)}, ${middle.divergence.toFixed(3)} and ` +
        `${high.divergence.toFixed(3)} for meta-priors 0, 0.1 and 10; error regression lowers the following symbols' ` +
        `surprise from ${before.nats.toFixed(2)} to ${after.nats.toFixed(2)} nats.`,
    }
  },
}
