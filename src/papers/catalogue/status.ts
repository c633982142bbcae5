/** How far a paper of the catalogue is: worked out from what is there, never written down. */
import type { Paper } from './paper.js'

export const statuses = ['works', 'planned', 'out'] as const

export type Status = (typeof statuses)[number]

/** `works`: what its demonstration found is stored. Results are stored by demonstrations alone. */
export function statusOf({ id, out }: Paper, results: { has(id: string): boolean }): Status {
  if (out !== undefined) return 'out'
  return results.has(id) ? 'works' : 'planned'
}
