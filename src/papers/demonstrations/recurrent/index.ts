/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { aaren } from './aaren.js'
import { dmnDemonstration } from './dmn.js'
import { flashrnnDemonstration } from './flashrnn.js'
import { hredDemonstration } from './hred.js'
import { lemDemonstration } from './lem.js'
import { pvRnnDemonstration } from './pv-rnn.js'
import { qrnnHybridDemonstration } from './qrnn-transformer-hybrid.js'
import { readProcessWriteDemonstration } from './read-process-write.js'
import { rmc } from './rmc.js'
import { seq2seqLstmDemonstration } from './seq2seq-lstm.js'
import { titansDemonstration } from './titans.js'
import { tttDemonstration } from './ttt.js'
import { urn } from './urn.js'

export const recurrentDemonstrations: readonly Demonstration[] = [
  urn,
  rmc,
  aaren,
  flashrnnDemonstration,
  lemDemonstration,
  qrnnHybridDemonstration,
  seq2seqLstmDemonstration,
  hredDemonstration,
  dmnDemonstration,
  readProcessWriteDemonstration,
  pvRnnDemonstration,
  tttDemonstration,
  titansDemonstration,
]
