/** dmn: whether going through the facts again finds what one pass cannot, and where the passes look. */
import { dmn } from '../../../models/index.js'
import { createRandom, type Random } from '../../../tasks/index.js'
import type { Batch } from '../../../training/index.js'
import type { Demonstration } from '../../demonstration.js'
import { choices, integers, learnNetwork, type Outputs } from '../../lab/index.js'

/** Words: four people, four things and six places, two verbs and one that asks. */
const people = 4
const places = 6
const word = { person: 1, thing: 1 + people, place: 1 + 2 * people, taken: 15, visited: 16, where: 17 }
const facts = 2 * people

/**
 * Stories of "thing taken-by person" and "place visited-by person" in any order; a thing is where its person is. The
 * first pass is to look at the one fact, all further ones at the other; a single pass at the one with the answer.
 */
const stories =
  (passes: number) =>
  (random: Random, count: number): Batch => {
    const all = Array.from({ length: count }, () => {
      const owner = Array.from({ length: people }, () => random.below(people))
      const visited = random.shuffled(Array.from({ length: places }, (_, place) => place)).slice(0, people)
      const told = random.shuffled([
        ...owner.map((person, thing) => [word.thing + thing, word.taken, word.person + person]),
        ...visited.map((place, person) => [word.place + place, word.visited, word.person + person]),
      ])
      const thing = random.below(people)
      const place = word.place + visited[owner[thing]]
      const at = (first: number) => told.findIndex((fact) => fact[0] === first)
      const supports = Array.from({ length: passes }, (_, pass) =>
        pass === 0 && passes > 1 ? at(word.thing + thing) : at(place),
      )
      return { facts: told.flat(), question: [0, word.where, word.thing + thing], answer: [place], supports }
    })
    return {
      facts: integers(
        all.map((story) => story.facts),
        [facts, 3],
      ),
      question: integers(
        all.map((story) => story.question),
        [3],
      ),
      answer: integers(
        all.map((story) => story.answer),
        [],
      ),
      supports: integers(
        all.map((story) => story.supports),
        [passes],
      ),
    }
  }

const shareEqual = (found: readonly number[], wanted: Batch[string]) =>
  found.filter((value, index) => value === wanted.data[index]).length / found.length
const accuracy = ({ logits }: Outputs, { answer }: Batch) => shareEqual(choices(logits), answer)

/** The mean gate of the facts that a pass is to look at, and of all others. */
function meanGates({ gates }: Outputs, { supports }: Batch) {
  const isSupport = (index: number) => index % facts === supports.data[Math.floor(index / facts)]
  const mean = (chosen: boolean) => {
    const values = [...gates.data].filter((_, index) => isSupport(index) === chosen)
    return values.reduce((a, b) => a + b, 0) / values.length
  }
  return { there: mean(true), elsewhere: mean(false) }
}

export const dmnDemonstration: Demonstration = {
  id: 'dmn',
  files: ['models/networks/dmn.ts'],
  seed: 1,
  changed: 'stories use four people and two kinds of facts, not the vocabulary of bAbI',
  async run(lab) {
    const [three, one] = await lab.each([3, 1], async (passes, own) => {
      own.progress(`passes: ${passes}`)
      const examples = stories(passes)
      const settings = { vocabulary: 18, facts, words: 3, width: 48, passes }
      const trained = await learnNetwork(own, dmn, settings, {
        examples,
        steps: 1500,
        batch: 32,
        rate: 4e-3,
        until: { every: 100, reached: (outputs, inputs) => accuracy(outputs, inputs) >= 0.995 },
      })
      const test = examples(createRandom(own.seed, 4), 500)
      const outputs = await trained.ask(test)
      return {
        accuracy: accuracy(outputs, test),
        looks: shareEqual(choices(outputs.gates), test.supports),
        gates: meanGates(outputs, test),
        steps: trained.steps,
      }
    })
    return {
      claims: [
        {
          says: 'with three passes more than 95 % of questions that take two facts are answered',
          holds: three.accuracy > 0.95,
          figures: [
            { name: 'accuracy, three passes', value: three.accuracy, tolerance: 0.04 },
            { name: 'steps, three passes', value: three.steps, tolerance: 400 },
          ],
        },
        {
          says: 'the same net with one pass stays below 70 %, although its gate is shown the fact with the answer',
          holds: one.accuracy < 0.7,
          figures: [
            { name: 'accuracy, one pass', value: one.accuracy, tolerance: 0.08 },
            { name: 'share of stories in which its gate peaks there', value: one.looks, tolerance: 0.1 },
          ],
        },
        {
          says: 'the gates peak on the one fact in the first pass and on the other afterwards',
          holds: three.looks > 0.95 && three.gates.there > 10 * three.gates.elsewhere,
          figures: [
            { name: 'share of passes whose gate peaks on its fact', value: three.looks, tolerance: 0.04 },
            { name: 'mean gate there', value: three.gates.there, tolerance: 0.08 },
            { name: 'mean gate elsewhere', value: three.gates.elsewhere, tolerance: 0.02 },
          ],
        },
      ],
      sentence:
        `Three passes answer ${three.accuracy.toFixed(3)} after ${three.steps} steps, one pass ` +
        `${one.accuracy.toFixed(3)} after ${one.steps} (chance of four places: 0.25); gates are ` +
        `${three.gates.there.toFixed(2)} on the supporting facts and ${three.gates.elsewhere.toFixed(3)} elsewhere.`,
    }
  },
}
