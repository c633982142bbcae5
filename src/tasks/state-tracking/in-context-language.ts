/**
 * In-context language learning: to go on with a language from strings of it, one random automaton a prompt.
 *
 * An automaton has 4 … `nodes` nodes; from each, 1 … `edges` different symbols lead to as many different other nodes. A
 * string starts at node 0 and follows edges drawn uniformly; every node accepts. Input: strings, each after a separator.
 * Answer: the next symbol, wherever the string goes on (that strings end is not part of the language).
 *
 * The least loss is that of who knows the automaton: ln(edges of the node), at each answer. No predictor reaches it that
 * must first learn the automaton from the prompt; the difference is the price of learning in context.
 */
import { z } from 'zod'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import { defineTask, type Example } from '../task.js'
import { labelled, shownAs } from './labels.js'

const fewestNodes = 4

/** For each node, the symbols of its edges and where they lead. */
type Automaton = readonly { readonly symbols: readonly number[]; readonly nodes: readonly number[] }[]

export const inContextLanguage = defineTask({
  kind: 'examples',
  id: 'in-context-language',
  group: 'state-tracking',
  title: 'In-context language learning',
  shows: 'Whether a model infers the states of an unknown automaton from a few strings.',
  source: {
    title: 'In-Context Language Learning: Architectures and Algorithms',
    authors: 'Akyürek, Wang, Kim, Andreas',
    year: 2024,
    arxiv: '2401.12973',
    note: 'RegBench, with its alphabet of 20, at most 12 nodes and 1–3 edges; how it draws the number of nodes could not be read, here it is uniform. It has 10–20 strings of up to 50 symbols; these defaults are smaller. It reports the share of predictions that the automaton admits; here the score is the loss, which has an exact bound.',
  },
  config: z.strictObject({
    nodes: z.int().min(fewestNodes).default(12).describe(`most nodes of an automaton; the fewest are ${fewestNodes}`),
    edges: z
      .int()
      .min(1)
      .max(fewestNodes - 1)
      .default(3)
      .describe('most edges of a node'),
    alphabet: z.int().min(3).max(26).default(20).describe('symbols that automata choose from'),
    strings: z.int().min(1).default(10).describe('strings of a prompt'),
    symbols: z.int().min(1).default(20).describe('most symbols of a string; lengths from 1 are uniform'),
  }),
  difficulty: { setting: 'nodes', values: [4, 6, 8, 12] },
  metric: 'loss',

  async open({ nodes, edges, alphabet, strings, symbols }) {
    const separator = alphabet
    const letters = Array.from({ length: alphabet }, (_, symbol) => String.fromCharCode(97 + symbol))
    // What the automaton was cannot be told from the prompt.
    const bounds = new WeakMap<Example, Float64Array>()
    return generated({
      task: 'in-context-language',
      input: { kind: 'tokens', vocabulary: alphabet + 1 },
      output: { kind: 'tokens' },
      // Nothing is asked after the last symbol, so it is not an input.
      length: strings * (symbols + 1) - 1,
      answers: strings * symbols,
      chance: Math.log(alphabet),
      draw(random) {
        const automaton = randomAutomaton(random, random.between(fewestNodes, nodes), edges, alphabet)
        const words = Array.from({ length: strings }, () => walk(random, automaton, random.between(1, symbols)))
        const tokens = words.flatMap(({ word }) => [separator, ...word])
        const example = labelled(tokens.slice(0, -1), tokens.slice(1), (position) => tokens[position + 1] !== separator)
        bounds.set(example, Float64Array.from(words.flatMap(({ entropies }) => entropies)))
        return example
      },
      bound(example) {
        const bound = bounds.get(example)
        if (!bound) throw new Error('in-context-language: bound knows only examples that this source drew')
        return bound
      },
      show: shownAs([...letters, '|']),
    })
  },
})

const randomAutomaton = (random: Random, nodes: number, edges: number, alphabet: number): Automaton =>
  Array.from({ length: nodes }, (_, node) => {
    const count = random.between(1, edges)
    return {
      symbols: random.distinct(count, alphabet),
      nodes: random.distinct(count, nodes - 1).map((other) => (other < node ? other : other + 1)),
    }
  })

/** A string, and the entropy of each of its symbols. */
function walk(random: Random, automaton: Automaton, length: number): { word: number[]; entropies: number[] } {
  const entropies: number[] = []
  let node = 0
  const word = Array.from({ length }, () => {
    const { symbols, nodes } = automaton[node]
    const edge = random.below(symbols.length)
    entropies.push(Math.log(symbols.length))
    node = nodes[edge]
    return symbols[edge]
  })
  return { word, entropies }
}
