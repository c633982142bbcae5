/** States of texts as bytes, and back. */
import type { TextState } from '../inference/index.js'

export function stateBytes({ leaves }: TextState): number {
  return Object.values(leaves).reduce((sum, { data }) => sum + data.byteLength, 0)
}
