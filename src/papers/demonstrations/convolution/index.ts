/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { polycomDemonstration } from './polycom.js'

export const convolutionDemonstrations: readonly Demonstration[] = [polycomDemonstration]
