/** Demonstrations of this family, one line each. */
import type { Demonstration } from '../../demonstration.js'
import { lightningAttention } from './lightning-attention.js'
import { lightningAttention2 } from './lightning-attention-2.js'
import { transnormer } from './transnormer.js'
import { transnormerllm } from './transnormerllm.js'

export const linearAttentionDemonstrations: readonly Demonstration[] = [
  transnormer,
  transnormerllm,
  lightningAttention,
  lightningAttention2,
]
