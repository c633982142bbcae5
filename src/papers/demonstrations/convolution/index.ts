/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { catDemonstration } from './cat.js'
import { fnetarDemonstration } from './fnetar.js'
import { hyenaDemonstration } from './hyena.js'
import { longConvsDemonstration } from './long-convs.js'
import { maskedMixerDemonstration } from './masked-mixer.js'
import { polycomDemonstration } from './polycom.js'

export const convolutionDemonstrations: readonly Demonstration[] = [
  catDemonstration,
  fnetarDemonstration,
  hyenaDemonstration,
  longConvsDemonstration,
  maskedMixerDemonstration,
  polycomDemonstration,
]
