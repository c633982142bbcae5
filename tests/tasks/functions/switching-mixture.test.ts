import { describe, expect, it } from 'vitest'
import { switchingMixture } from '#seqlab/tasks/functions/switching-mixture.js'
import { asked, deviations, drawn, holdsContract, mean, opened } from '../contract.js'

holdsContract({
  task: switchingMixture,
  variants: [
    { coins: 3, length: 12 },
    { hazard: 'harmonic', switching: 0.5, length: 32 },
    { length: 8, switching: 1 },
  ],
  refused: [[{ coins: 1 }, /task switching-mixture: coins must be 0 or at least 2, got 1 – use 0/]],
  outOfRange: [{ switching: 1.1 }, { switching: -0.1 }, { coins: -2 }, { length: 0 }, { hazard: 'weibull' }],
  blindTolerance: 0.01,
})

const biasesOf = (coins: number) => Array.from({ length: coins }, (_, i) => (2 * i + 1) / (2 * coins))
const entropy = (p: number) => -p * Math.log(p) - (1 - p) * Math.log(1 - p)

/** Probability of some tosses of one coin: the integral over Beta(½, ½), or the average over the known biases. */
function ofOneCoin(tosses: readonly number[], coins: number): number {
  const ones = tosses.filter((toss) => toss === 1).length
  const zeros = tosses.length - ones
  if (coins > 0) return mean(biasesOf(coins).map((bias) => bias ** ones * (1 - bias) ** zeros))
  // Γ(a + ½) Γ(b + ½) / (π Γ(a + b + 1)), by products of its factors.
  const rising = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + i).reduce((x, y) => x * y, 1)
  return (rising(ones, 0.5) * rising(zeros, 0.5)) / rising(ones + zeros, 1)
}

/** Probability of all tosses, summed over every set of times at which the coin was exchanged. */
function bySegments(tosses: readonly number[], hazard: (n: number) => number, coins: number): number {
  let total = 0
  for (let mask = 0; mask < 2 ** Math.max(tosses.length - 1, 0); mask++) {
    let probability = 1
    let begin = 0
    for (let t = 0; t < tosses.length; t++) {
      const last = t === tosses.length - 1
      const exchanged = !last && (mask >> t) % 2 === 1
      if (!last) probability *= exchanged ? hazard(t - begin + 1) : 1 - hazard(t - begin + 1)
      if (!exchanged && !last) continue
      probability *= ofOneCoin(tosses.slice(begin, t + 1), coins)
      begin = t + 1
    }
    total += probability
  }
  return total
}

/** The same by dynamic programming over the time at which the present coin was taken. */
function byLastExchange(tosses: readonly number[], hazard: (n: number) => number, coins: number): number {
  const T = tosses.length
  const survival = [1, 1]
  for (let n = 1; n < T; n++) survival.push(survival[n] * (1 - hazard(n)))
  const taken = [1]
  for (let t = 1; t <= T; t++) {
    const segments = taken.map((share, s) => share * survival[t - s] * ofOneCoin(tosses.slice(s, t), coins))
    const exchanged = (s: number) => (t === T ? 1 : hazard(t - s))
    taken.push(segments.reduce((sum, segment, s) => sum + segment * exchanged(s), 0))
  }
  return taken[T]
}

/** Probability of all tosses, summed over every path of known coins; an exchange may give the same coin again. */
function byPaths(tosses: readonly number[], switching: number, coins: number): number {
  const biases = biasesOf(coins)
  let total = 0
  for (let code = 0; code < coins ** tosses.length; code++) {
    const path = tosses.map((_, t) => Math.floor(code / coins ** t) % coins)
    total += path.reduce((probability, coin, t) => {
      const stays = t === 0 ? 1 / coins : switching / coins + (coin === path[t - 1] ? 1 - switching : 0)
      return probability * stays * (tosses[t] === 1 ? biases[coin] : 1 - biases[coin])
    }, 1)
  }
  return total
}

/** Probability of a 1 at each time, by dividing the probabilities of two sequences. */
const predictions = (tosses: readonly number[], probability: (tosses: readonly number[]) => number) =>
  tosses.map((_, t) => probability([...tosses.slice(0, t), 1]) / (t === 0 ? 1 : probability(tosses.slice(0, t))))

const harmonic = (n: number) => 0.5 / n
const cases = [
  { settings: { coins: 0, switching: 0.2 }, hazard: () => 0.2 },
  { settings: { coins: 0, switching: 0.5, hazard: 'harmonic' }, hazard: harmonic },
  { settings: { coins: 3, switching: 0.5, hazard: 'harmonic' }, hazard: harmonic },
  { settings: { coins: 0, switching: 0 }, hazard: () => 0 },
  { settings: { coins: 2, switching: 1 }, hazard: () => 1 },
].map((one) => ({ ...one, name: JSON.stringify(one.settings) }))

describe('the bound of switching-mixture', () => {
  it.each(cases)('is the entropy of the mixture over all segmentations, $name', async ({ settings, hazard }) => {
    const source = await opened(switchingMixture, { ...settings, length: 7 })
    for (const example of drawn(source, 'test', 10)) {
      const expected = predictions([...example.targets], (tosses) => bySegments(tosses, hazard, settings.coins))
      const bounds = [...(source.bound?.(example) ?? [])]
      for (const [t, bound] of bounds.entries()) expect(bound).toBeCloseTo(entropy(expected[t]), 10)
    }
  })

  it('is the entropy of the mixture over all paths of three known coins', async () => {
    const source = await opened(switchingMixture, { coins: 3, switching: 0.2, length: 6 })
    for (const example of drawn(source, 'test', 5)) {
      const expected = predictions([...example.targets], (tosses) => byPaths(tosses, 0.2, 3))
      const bounds = [...(source.bound?.(example) ?? [])]
      for (const [t, bound] of bounds.entries()) expect(bound).toBeCloseTo(entropy(expected[t]), 10)
    }
  })

  // Sequences of 32 tosses, so that none is so likely that the part it falls into matters.
  it.each(cases.slice(0, 3))(
    'is what the mixture over segmentations pays on average, $name (400 examples of stream 1, 4 standard errors)',
    async ({ settings, hazard }) => {
      const short = [0, 0, 1, 0, 1, 1, 1]
      const exhaustive = bySegments(short, hazard, settings.coins)
      expect(byLastExchange(short, hazard, settings.coins) / exhaustive).toBeCloseTo(1, 12)
      const source = await opened(switchingMixture, { ...settings, length: 32 })
      const excess = drawn(source, 'test', 400).map((example) => {
        const loss = -Math.log(byLastExchange([...example.targets], hazard, settings.coins))
        return loss - [...(source.bound?.(example) ?? [])].reduce((sum, bound) => sum + bound)
      })
      expect(Math.abs(deviations(excess))).toBeLessThan(4)
    },
  )

  it('equals the forward filter of the hidden Markov chain, and what that pays, over 200 tosses', async () => {
    const [coins, switching] = [4, 0.05]
    const biases = biasesOf(coins)
    const source = await opened(switchingMixture, { coins, switching, length: 200 })
    const excess = drawn(source, 'test', 200).map((example) => {
      const bounds = source.bound?.(example) ?? []
      let belief = biases.map(() => 1 / coins)
      let sum = 0
      let worst = 0
      for (const [t, toss] of example.targets.entries()) {
        const one = belief.reduce((total, share, i) => total + share * biases[i], 0)
        worst = Math.max(worst, Math.abs(bounds[t] - entropy(one)))
        const evidence = toss === 1 ? one : 1 - one
        sum += -Math.log(evidence) - bounds[t]
        const after = belief.map((share, i) => (share * (toss === 1 ? biases[i] : 1 - biases[i])) / evidence)
        belief = after.map((share) => (1 - switching) * share + switching / coins)
      }
      expect(worst).toBeLessThan(1e-9)
      return sum
    })
    expect(Math.abs(deviations(excess))).toBeLessThan(4)
  })

  it('never exceeds one fair toss, and stays there when every toss has a coin of its own', async () => {
    const source = await opened(switchingMixture, {})
    const often = await opened(switchingMixture, { switching: 1 })
    for (const example of drawn(source, 'test', 20)) {
      expect(Math.max(...(source.bound?.(example) ?? []))).toBeLessThanOrEqual(Math.LN2 + 1e-12)
      for (const bound of often.bound?.(example) ?? []) expect(bound).toBeCloseTo(Math.LN2, 10)
    }
  })
})

describe('switching-mixture', () => {
  it('asks at each position for the toss that the next one shows', async () => {
    const source = await opened(switchingMixture, { length: 9 })
    for (const example of drawn(source, 'train', 20)) {
      expect(asked(example)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
      expect([...example.inputs]).toEqual([2, ...example.targets.slice(0, -1)])
    }
  })

  // Tosses of one coin agree with probability ½ + E[(2θ − 1)²] / 2, those of different coins with ½.
  it.each([
    { settings: { coins: 0, switching: 0.1 }, spread: 0.5, kept: (lag: number) => 0.9 ** lag },
    { settings: { coins: 2, switching: 0.3 }, spread: 0.25, kept: (lag: number) => 0.7 ** lag },
    { settings: { coins: 4, switching: 0 }, spread: 5 / 16, kept: () => 1 },
  ])('keeps a coin for as long as told: $settings (2000 examples of stream 1, within 0.02)', async (one) => {
    const source = await opened(switchingMixture, { ...one.settings, length: 40 })
    const examples = drawn(source, 'train', 2000)
    for (const lag of [1, 3, 8]) {
      const agreements = examples.flatMap(({ targets }) =>
        Array.from({ length: 40 - lag }, (_, t) => (targets[t] === targets[t + lag] ? 1 : 0)),
      )
      expect(Math.abs(mean(agreements) - 0.5 - (one.spread / 2) * one.kept(lag))).toBeLessThan(0.02)
    }
  })

  it('lets a harmonic hazard fall with the age of the coin (4000 examples of stream 1, within 0.02)', async () => {
    const source = await opened(switchingMixture, { hazard: 'harmonic', switching: 0.5, length: 32 })
    const examples = drawn(source, 'train', 4000)
    const agreement = (t: number) => mean(examples.map(({ targets }) => (targets[0] === targets[t] ? 1 : 0)))
    const survival = (t: number) => Array.from({ length: t }, (_, n) => 1 - 0.5 / (n + 1)).reduce((x, y) => x * y)
    for (const t of [1, 2, 5, 11]) expect(Math.abs(agreement(t) - 0.5 - survival(t) / 4)).toBeLessThan(0.02)
  })
})
