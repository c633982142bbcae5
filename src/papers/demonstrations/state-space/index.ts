/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { lsslDemonstration } from './lssl.js'
import { s4Demonstration } from './s4.js'

export const stateSpaceDemonstrations: readonly Demonstration[] = [lsslDemonstration, s4Demonstration]
