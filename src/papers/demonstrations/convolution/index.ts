/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { catDemonstration } from './cat.js'
import { causalRnDemonstration } from './causalrn.js'
import { deconvaeDemonstration } from './deconvae.js'
import { dynamicConvDemonstration } from './dynamic-conv.js'
import { fnetarDemonstration } from './fnetar.js'
import { gatedConvnetDemonstration } from './gated-convnet.js'
import { hyenaDemonstration } from './hyena.js'
import { longConvsDemonstration } from './long-convs.js'
import { maskedMixerDemonstration } from './masked-mixer.js'
import { polycomDemonstration } from './polycom.js'
import { tcncaDemonstration } from './tcnca.js'
import { trellisnetDemonstration } from './trellisnet.js'

export const convolutionDemonstrations: readonly Demonstration[] = [
  catDemonstration,
  causalRnDemonstration,
  dynamicConvDemonstration,
  fnetarDemonstration,
  gatedConvnetDemonstration,
  hyenaDemonstration,
  longConvsDemonstration,
  maskedMixerDemonstration,
  polycomDemonstration,
  tcncaDemonstration,
  trellisnetDemonstration,
  deconvaeDemonstration,
]
