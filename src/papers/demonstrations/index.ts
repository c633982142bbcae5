/** The registry of demonstrations: a list for each family. */
import type { Demonstration } from '../demonstration.js'
import { convolutionDemonstrations } from './convolution/index.js'
import { linearAttentionDemonstrations } from './linear-attention/index.js'
import { recurrentDemonstrations } from './recurrent/index.js'
import { stateSpaceDemonstrations } from './state-space/index.js'

export const demonstrations: readonly Demonstration[] = [
  ...linearAttentionDemonstrations,
  ...stateSpaceDemonstrations,
  ...recurrentDemonstrations,
  ...convolutionDemonstrations,
]

const byId = new Map(demonstrations.map((demonstration) => [demonstration.id, demonstration]))

/** The demonstration of a paper, where there is one. */
export const demonstrationOf = (id: string): Demonstration | undefined => byId.get(id)
