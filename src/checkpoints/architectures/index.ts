/** The architectures that can be read, one line each. */
import type { Architecture } from '../architecture.js'
import { albert } from './albert.js'
import { bamba } from './bamba.js'
import { bart } from './bart.js'
import { bert } from './bert.js'
import { bigBird } from './big-bird.js'
import { bloom } from './bloom.js'
import { debertaV2 } from './deberta-v2.js'
import { deepseekV2 } from './deepseek-v2.js'
import { deltaNet } from './delta-net.js'
import { falconMamba } from './falcon-mamba.js'
import { fnet } from './fnet.js'
import { gatedDeltaNet } from './gated-deltanet.js'
import { gla } from './gla.js'
import { gptNeox } from './gpt-neox.js'
import { gpt2 } from './gpt2.js'
import { hgrn2 } from './hgrn2.js'
import { jamba } from './jamba.js'
import { lfm2 } from './lfm2.js'
import { llama } from './llama.js'
import { longformer } from './longformer.js'
import { mamba } from './mamba.js'
import { mamba2 } from './mamba2.js'
import { minimax } from './minimax.js'
import { mistral } from './mistral.js'
import { mixtral } from './mixtral.js'
import { modernbert } from './modernbert.js'
import { mpt } from './mpt.js'
import { nystromformer } from './nystromformer.js'
import { qwen2 } from './qwen2.js'
import { qwen3 } from './qwen3.js'
import { qwen3Next } from './qwen3-next.js'
import { recurrentGemma } from './recurrent-gemma.js'
import { retnet } from './retnet.js'
import { roberta } from './roberta.js'
import { rwkv } from './rwkv.js'
import { rwkv7 } from './rwkv7.js'
import { t5 } from './t5.js'
import { xlnet } from './xlnet.js'
import { xlstm } from './xlstm.js'

export const architectures: readonly Architecture[] = [
  gpt2,
  llama,
  mistral,
  mixtral,
  deepseekV2,
  qwen2,
  qwen3,
  gptNeox,
  bloom,
  mpt,
  bert,
  albert,
  fnet,
  mamba,
  mamba2,
  falconMamba,
  bamba,
  jamba,
  rwkv,
  minimax,
  lfm2,
  qwen3Next,
  recurrentGemma,
  xlstm,
  t5,
  bart,
  roberta,
  modernbert,
  debertaV2,
  longformer,
  bigBird,
  nystromformer,
  xlnet,
  gla,
  deltaNet,
  gatedDeltaNet,
  retnet,
  hgrn2,
  rwkv7,
]
