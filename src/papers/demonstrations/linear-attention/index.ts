/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'

export const linearAttentionDemonstrations: readonly Demonstration[] = []
