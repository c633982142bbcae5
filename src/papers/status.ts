/** How far a paper of the catalogue is: worked out from what is there, never written down. */
import type { Paper } from './catalogue/index.js'
import { demonstrations } from './demonstrations/index.js'
import type { Results } from './results.js'

export const statuses = ['works', 'planned', 'out'] as const

export type Status = (typeof statuses)[number]

const demonstrated = new Map(demonstrations.map((demonstration) => [demonstration.id, demonstration]))

/** The demonstration of a paper, where there is one. */
export const demonstrationOf = (id: string) => demonstrated.get(id)

/** `works`: a demonstration shows it, and what it found is stored. */
export function statusOf({ id, out }: Paper, results: Results): Status {
  if (out !== undefined) return 'out'
  return demonstrated.has(id) && results.has(id) ? 'works' : 'planned'
}
