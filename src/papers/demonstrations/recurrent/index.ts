/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { seq2seqLstmDemonstration } from './seq2seq-lstm.js'

export const recurrentDemonstrations: readonly Demonstration[] = [seq2seqLstmDemonstration]
