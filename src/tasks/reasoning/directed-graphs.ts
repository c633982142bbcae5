/** Directed acyclic graphs and what follows from them: who is an ancestor, and who is separated. */
import type { Random } from '../random.js'

/** Causes and effects, as pairs of nodes. */
export type Edge = readonly [cause: number, effect: number]

/** How many edges a graph of n nodes has at most, and how it is drawn; edges come in the order in which they are told. */
export const structures: Record<string, { edges(nodes: number): number; draw(random: Random, nodes: number): Edge[] }> =
  {
    chain: { edges: (nodes) => nodes - 1, draw: (_, nodes) => chain(nodes) },
    flipped: {
      edges: (nodes) => nodes - 1,
      draw: (random, nodes) => chain(nodes).map(([a, b]) => (random.chance(0.5) ? [a, b] : [b, a])),
    },
    reversed: { edges: (nodes) => nodes - 1, draw: (_, nodes) => chain(nodes).map(([a, b]) => [b, a]) },
    shuffled: { edges: (nodes) => nodes - 1, draw: (random, nodes) => random.shuffled(chain(nodes)) },
    branching: {
      edges: (nodes) => 2 * nodes - 3,
      draw: (random, nodes) =>
        Array.from({ length: nodes - 1 }, (_, i) => {
          const causes = random.distinct(Math.min(i + 1, random.between(1, 2)), i + 1)
          return causes.map((cause): Edge => [cause, i + 1])
        }).flat(),
    },
  }

const chain = (nodes: number) => Array.from({ length: nodes - 1 }, (_, i): Edge => [i, i + 1])

/** Whether a directed path leads from one node to another one. */
export function causes(edges: readonly Edge[], from: number, to: number): boolean {
  const reached = new Set([from])
  for (const node of reached) for (const [cause, effect] of edges) if (cause === node) reached.add(effect)
  return from !== to && reached.has(to)
}

/**
 * Pearl's d-separation of two nodes given others, by following the paths that are open (Shachter 1998). A path goes on
 * through a node that is not given, except from one arrow's head to another's: that needs the node to be given, or one of
 * its effects, where the path turns round and comes back.
 */
export function separated(edges: readonly Edge[], from: number, to: number, given: readonly number[]): boolean {
  const seen = new Set<string>()
  const visit = (node: number, arrivedByArrow: boolean): boolean => {
    if (node === to) return true
    const key = `${node} ${arrivedByArrow}`
    if (seen.has(key)) return false
    seen.add(key)
    const known = given.includes(node)
    return edges.some(([cause, effect]) => {
      if (cause === node) return !known && visit(effect, true)
      if (effect === node) return known === arrivedByArrow && visit(cause, false)
      return false
    })
  }
  return !visit(from, false)
}
