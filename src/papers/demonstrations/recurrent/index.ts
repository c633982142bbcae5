/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { dmnDemonstration } from './dmn.js'
import { flashrnnDemonstration } from './flashrnn.js'
import { hredDemonstration } from './hred.js'
import { seq2seqLstmDemonstration } from './seq2seq-lstm.js'

export const recurrentDemonstrations: readonly Demonstration[] = [
  flashrnnDemonstration,
  seq2seqLstmDemonstration,
  hredDemonstration,
  dmnDemonstration,
]
