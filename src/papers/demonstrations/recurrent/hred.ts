/** hred: whether a session remembers what its last query does not say. */
import { hred } from '../../../models/index.js'
import { createRandom, type Random } from '../../../tasks/index.js'
import type { Batch } from '../../../training/index.js'
import type { Demonstration } from '../../demonstration.js'
import { choices, integers, learnNetwork, type Outputs } from '../../lab/index.js'

/** Nouns are 1 … 8, modifiers 9 … 16; a query is a noun, a modifier and its end. */
const words = 8
const queries = 4

/** Three queries of which the fourth takes the noun of the first and the modifier of the third. */
function examples(random: Random, count: number): Batch {
  const sessions = Array.from({ length: count }, () => {
    const asked = Array.from({ length: 3 }, () => [1 + random.below(words), 1 + words + random.below(words), 0])
    return [...asked, [asked[0][0], asked[2][1], 0]].flat()
  })
  return { session: integers(sessions, [queries, 3]) }
}

/** Sessions whose fourth query is right, word by word after the right words: what greedy decoding gets right. */
function exactMatch({ logits }: Outputs, { session }: Batch): number {
  const chosen = choices(logits)
  const [count] = session.shape
  const last = (values: ArrayLike<number>, row: number, length: number) =>
    String(Array.from({ length: 3 }, (_, word) => values[row * length * 3 + (length - 1) * 3 + word]))
  const right = Array.from({ length: count }, (_, row) => row).filter(
    (row) => last(chosen, row, queries - 1) === last(session.data, row, queries),
  )
  return right.length / count
}

/** The same sessions with the first and the third query in each other's place; the fourth stays. */
function swapped({ session }: Batch): Batch {
  const data = session.data.slice()
  for (let row = 0; row < session.shape[0]; row++) {
    const [first, third] = [0, 2].map((query) => session.data.slice((row * queries + query) * 3).subarray(0, 3))
    data.set(third as Int32Array, row * queries * 3)
    data.set(first as Int32Array, (row * queries + 2) * 3)
  }
  return { session: { ...session, data } }
}

export const hredDemonstration: Demonstration = {
  id: 'hred',
  files: ['models/networks/hred.ts'],
  seed: 1,
  async run(lab) {
    const kinds = { session: true, 'last query alone': false }
    const [whole, last] = await lab.each(Object.entries(kinds), async ([name, session], own) => {
      own.progress(name)
      const settings = { vocabulary: 1 + 2 * words, queries, words: 3, width: 48, session }
      const trained = await learnNetwork(own, hred, settings, {
        examples,
        steps: 1200,
        batch: 32,
        rate: 4e-3,
        until: { every: 100, reached: (outputs, inputs) => exactMatch(outputs, inputs) >= 0.995 },
      })
      const test = examples(createRandom(own.seed, 4), 1000)
      const turned = swapped(test)
      return {
        score: exactMatch(await trained.ask(test), test),
        turned: exactMatch(await trained.ask(turned), turned),
        steps: trained.steps,
      }
    })
    return {
      claims: [
        {
          says: 'a next query made of two earlier ones is written without a mistake in more than 90 %',
          holds: whole.score > 0.9,
          figures: [
            { name: 'exact match, session', value: whole.score, tolerance: 0.04 },
            { name: 'steps, session', value: whole.steps, tolerance: 300 },
          ],
        },
        {
          says: 'the same nets without the session, which know the last query alone, stay below 50 %',
          holds: last.score < 0.5,
          figures: [{ name: 'exact match, last query alone', value: last.score, tolerance: 0.05 }],
        },
        {
          says: 'the order of the queries counts: with the two in each other’s place less than half of that is found',
          holds: whole.turned < whole.score / 2,
          figures: [{ name: 'exact match, session in another order', value: whole.turned, tolerance: 0.05 }],
        },
      ],
      sentence:
        `Exact match of the next query ${whole.score.toFixed(3)} with the session, ${last.score.toFixed(3)} with the ` +
        `last query alone (chance of its unknown word: ${(1 / words).toFixed(3)}).`,
    }
  },
}
