/**
 * Two rules about causes, in sentences: transitivity and d-separation.
 *
 *   K causes b . b causes T . does K cause T ?                     yes
 *   K causes b . T causes b . are K and T separated given b ?      no
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import type { Random } from '../random.js'
import { defineTask } from '../task.js'
import { causes, type Edge, separated, structures } from './directed-graphs.js'
import { questions } from './questions.js'

const names = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
/** What the paper trains on: chains of 3 nodes or more. */
const fewest = 3

export const causalAxioms = defineTask({
  kind: 'examples',
  id: 'causal-axioms',
  group: 'reasoning',
  title: 'Causal axioms',
  shows: 'Whether a model that saw a rule at work in small chains applies it in longer, reversed and branching graphs.',
  source: {
    title: 'Teaching Transformers Causal Reasoning Through Axiomatic Training',
    authors: 'Vashishtha, Kumar, Pandey, Reddy, Ahuja, Balasubramanian, Sharma',
    year: 2024,
    arxiv: '2407.07612',
    note: 'Names are single words; edges are flipped with probability 1/2; a branching graph gives each node one or two earlier causes. As many answers are yes as no.',
  },
  config: z.strictObject({
    nodes: z.int().min(fewest).max(30).default(6).describe('nodes of the largest graphs'),
    shorter: z
      .boolean()
      .default(true)
      .describe('also graphs with fewer nodes, from 3 on, every number equally often; false for one size only'),
    axiom: z
      .enum(['transitivity', 'd-separation'])
      .default('transitivity')
      .describe('the rule: transitivity or d-separation'),
    structure: z
      .enum(['chain', 'flipped', 'reversed', 'shuffled', 'branching'])
      .default('chain')
      .describe(
        'chain, flipped (edges of a chain in random directions), reversed (all against the order in which they are told), shuffled (told in random order) or branching',
      ),
    given: z
      .int()
      .min(0)
      .max(5)
      .default(2)
      .describe('most nodes that d-separation is conditioned on; transitivity has none'),
  }),
  difficulty: { setting: 'nodes', values: [3, 4, 6, 8, 10, 12, 15] },
  metric: 'accuracy',
  async open({ nodes, shorter, axiom, structure, given }) {
    if (axiom === 'd-separation' && given === 0 && structure !== 'flipped')
      throw new UserError(
        `task causal-axioms: given must be at least 1 for structure ${structure}, got 0 – with nothing given no two of its nodes are separated; use given=1 or structure=flipped`,
      )
    const { edges, draw } = structures[structure]
    const query = axiom === 'transitivity' ? transitivity : separation(given)
    return questions({
      task: 'causal-axioms',
      vocabulary: [...names, ...'causes . does cause are and separated given nothing ? yes no'.split(' ')],
      most: {
        question: 4 * edges(nodes) + (axiom === 'transitivity' ? 5 : 7 + Math.max(1, Math.min(given, nodes - 2))),
        answer: 1,
      },
      chance: 0.5,
      space: ' ',
      draw(random) {
        const size = shorter ? random.between(fewest, nodes) : nodes
        const word = random.distinct(size, names.length).map((name) => names[name])
        const label = random.chance(0.5)
        for (;;) {
          const graph = draw(random, size)
          const question = labelled(label, () => query(random, graph, size, word))
          if (question)
            return {
              question: [...graph.flatMap(([a, b]) => [word[a], 'causes', word[b], '.']), ...question],
              answer: [label ? 'yes' : 'no'],
            }
        }
      },
    })
  },
})

interface Query {
  readonly words: readonly string[]
  readonly holds: boolean
}

/** Questions are drawn until the answer is the wanted one; some small graphs have none. */
function labelled(label: boolean, draw: () => Query): readonly string[] | undefined {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { words, holds } = draw()
    if (holds === label) return words
  }
  return undefined
}

function transitivity(random: Random, graph: readonly Edge[], size: number, word: readonly string[]): Query {
  const [a, b] = random.distinct(2, size)
  return { words: ['does', word[a], 'cause', word[b], '?'], holds: causes(graph, a, b) }
}

const separation =
  (given: number) =>
  (random: Random, graph: readonly Edge[], size: number, word: readonly string[]): Query => {
    const [a, b, ...known] = random.distinct(2 + random.between(0, Math.min(given, size - 2)), size)
    const told = known.length > 0 ? known.map((node) => word[node]) : ['nothing']
    return {
      words: ['are', word[a], 'and', word[b], 'separated', 'given', ...told, '?'],
      holds: separated(graph, a, b, known),
    }
  }
