/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { h3Demonstration } from './h3.js'
import { lmuformerDemonstration } from './lmuformer.js'
import { lsslDemonstration } from './lssl.js'
import { s4Demonstration } from './s4.js'
import { sambaDemonstration } from './samba.js'
import { seqboatDemonstration } from './seqboat.js'

export const stateSpaceDemonstrations: readonly Demonstration[] = [
  lmuformerDemonstration,
  lsslDemonstration,
  s4Demonstration,
  h3Demonstration,
  sambaDemonstration,
  seqboatDemonstration,
]
