/**
 * Permutation composition: the word problem of the symmetric group S_n.
 *
 *   s_t = x_t ∘ s_{t−1}        s_t(i) = x_t(s_{t−1}(i)), s_0 the identity
 *
 * Input: permutations, uniform among all n! or among the identity and the swaps. Answer, at every position: the
 * composition so far. Token p is the p-th permutation in lexicographic order, for inputs and answers alike.
 */
import { z } from 'zod'
import { generated } from '../generated.js'
import { defineTask } from '../task.js'
import { labelled, shownAs } from './labels.js'

export const permutationComposition = defineTask({
  kind: 'examples',
  id: 'permutation-composition',
  group: 'state-tracking',
  title: 'Permutation composition',
  shows:
    'Whether a state on which order matters can be kept; S5, unlike S3, is not solvable, so its word problem is NC¹-complete.',
  source: {
    title: 'The Illusion of State in State-Space Models',
    authors: 'Merrill, Petty, Sabharwal',
    year: 2024,
    arxiv: '2404.08819',
    note: 'After Liu et al. 2022 (arXiv:2210.10749), who ask for the state at every position. Identity and swaps as the easy inputs, and 32 as the training length, are those of Grazzi et al. 2024 (arXiv:2411.12537), who count whole sequences right where this counts positions; their figures are plotted, not tabled.',
  },
  config: z.strictObject({
    degree: z.int().min(2).max(5).default(5).describe('n: the group is S_n, with n! elements'),
    generators: z.enum(['all', 'swaps']).default('all').describe('inputs: all elements, or the identity and the swaps'),
    length: z.int().min(1).default(32).describe('permutations of a sequence'),
  }),
  difficulty: { setting: 'length', values: [32, 64, 128, 256] },
  metric: 'accuracy',

  async open({ degree, generators, length }) {
    const elements = permutations(degree)
    const names = elements.map((element) => element.map((i) => i + 1).join(''))
    const ids = new Map(names.map((name, id) => [name, id]))
    const composed = elements.map((outer) =>
      elements.map((inner) => ids.get(inner.map((i) => outer[i] + 1).join('')) ?? 0),
    )
    const moved = (id: number) => elements[id].filter((image, i) => image !== i).length
    const inputs = [...elements.keys()].filter((id) => generators === 'all' || moved(id) <= 2)
    return generated({
      task: 'permutation-composition',
      input: { kind: 'tokens', vocabulary: elements.length },
      output: { kind: 'tokens' },
      length,
      answers: length,
      chance: likeliest(composed, inputs, length),
      draw(random) {
        const word = Array.from({ length }, () => random.pick(inputs))
        let state = 0
        const states = word.map((id) => {
          state = composed[id][state]
          return state
        })
        return labelled(word, states)
      },
      show: shownAs(names),
    })
  },
})

/** Permutations of 0 … n − 1 in lexicographic order, the identity first. */
function permutations(n: number): number[][] {
  const extend = (chosen: number[]): number[][] =>
    chosen.length === n
      ? [chosen]
      : Array.from({ length: n }, (_, i) => i)
          .filter((i) => !chosen.includes(i))
          .flatMap((i) => extend([...chosen, i]))
  return extend([])
}

/** The mean over positions of the probability of the likeliest state there. */
function likeliest(composed: readonly (readonly number[])[], inputs: readonly number[], length: number): number {
  let states = new Float64Array(composed.length)
  states[0] = 1
  let sum = 0
  for (let position = 0; position < length; position++) {
    const next = new Float64Array(states.length)
    for (const id of inputs) for (const [state, to] of composed[id].entries()) next[to] += states[state] / inputs.length
    states = next
    sum += Math.max(...states)
  }
  return sum / length
}
