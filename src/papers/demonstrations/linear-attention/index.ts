/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { based } from './based.js'
import { deltanet } from './deltanet.js'
import { flowformer } from './flowformer.js'
import { gla } from './gla.js'
import { jrt } from './jrt.js'
import { lavo } from './lavo.js'
import { lightnet } from './lightnet.js'
import { lightningAttention } from './lightning-attention.js'
import { lightningAttention2 } from './lightning-attention-2.js'
import { linearTransformer } from './linear-transformer.js'
import { linearizedLlm } from './linearized-llm.js'
import { longVqDemonstration } from './longvq.js'
import { mom } from './mom.js'
import { negativeEigenvalues } from './negative-eigenvalues.js'
import { slab } from './slab.js'
import { transnormer } from './transnormer.js'
import { transnormerllm } from './transnormerllm.js'

export const linearAttentionDemonstrations: readonly Demonstration[] = [
  based,
  linearTransformer,
  gla,
  jrt,
  transnormer,
  transnormerllm,
  lightningAttention,
  lightningAttention2,
  deltanet,
  longVqDemonstration,
  negativeEigenvalues,
  mom,
  lightnet,
  flowformer,
  slab,
  lavo,
  linearizedLlm,
]
