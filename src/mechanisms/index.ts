/** The registry: every mechanism, one line each. */
import { bigBird } from './attention/big-bird.js'
import { crossAttention } from './attention/cross-attention.js'
import { disentangledAttention } from './attention/disentangled-attention.js'
import { forgettingAttention } from './attention/forgetting-attention.js'
import { latentAttention } from './attention/latent-attention.js'
import { mega } from './attention/mega.js'
import { nystromformer } from './attention/nystromformer.js'
import { pathAttention } from './attention/path-attention.js'
import { softmaxAttention } from './attention/softmax.js'
import { transformerXl } from './attention/transformer-xl.js'
import { xlnet } from './attention/xlnet.js'
import { mixture } from './channel/mixture.js'
import { mlp } from './channel/mlp.js'
import { polycom } from './channel/polycom.js'
import { sglu } from './channel/sglu.js'
import { swiglu } from './channel/swiglu.js'
import { cat } from './convolution/cat.js'
import { causalRn } from './convolution/causalrn.js'
import { dynamicConv } from './convolution/dynamic-conv.js'
import { fnet } from './convolution/fnet.js'
import { fourier } from './convolution/fourier.js'
import { gatedConvnet } from './convolution/gated-convnet.js'
import { gatedShortConv } from './convolution/gated-short-conv.js'
import { hyena } from './convolution/hyena.js'
import { longConv } from './convolution/long-conv.js'
import { maskedMixer } from './convolution/masked-mixer.js'
import { sentenceConv } from './convolution/sentence-conv.js'
import { tcnca } from './convolution/tcnca.js'
import { trellisnet } from './convolution/trellisnet.js'
import { abc } from './linear-attention/abc.js'
import { based } from './linear-attention/based.js'
import { deltaNet } from './linear-attention/delta-net.js'
import { deltaProduct } from './linear-attention/delta-product.js'
import { diagAttention } from './linear-attention/diag-attention.js'
import { flowAttention } from './linear-attention/flow-attention.js'
import { gatedDeltaNet } from './linear-attention/gated-delta-net.js'
import { gatedSlotAttention } from './linear-attention/gated-slot-attention.js'
import { gla } from './linear-attention/gla.js'
import { jrt } from './linear-attention/jrt.js'
import { kimiDeltaAttention } from './linear-attention/kimi-delta-attention.js'
import { lavo } from './linear-attention/lavo.js'
import { lightnet } from './linear-attention/lightnet.js'
import { lightningAttention } from './linear-attention/lightning-attention.js'
import { linearAttention } from './linear-attention/linear-attention.js'
import { groupedLinearAttention, linearized } from './linear-attention/linearized.js'
import { longVq } from './linear-attention/longvq.js'
import { mom } from './linear-attention/mom.js'
import { normAttention } from './linear-attention/norm-attention.js'
import { rebased } from './linear-attention/rebased.js'
import { retnet } from './linear-attention/retnet.js'
import { rwkv6 } from './linear-attention/rwkv6.js'
import { rwkv7 } from './linear-attention/rwkv7.js'
import { simplifiedLinearAttention } from './linear-attention/simplified-linear-attention.js'
import { transnormerLlm } from './linear-attention/transnormer-llm.js'
import type { ChannelMixer, Mixer } from './mixer.js'
import { aaren } from './recurrent/aaren.js'
import { gru } from './recurrent/gru.js'
import { hgrn } from './recurrent/hgrn.js'
import { hgrn2 } from './recurrent/hgrn2.js'
import { lem } from './recurrent/lem.js'
import { lstm } from './recurrent/lstm.js'
import { minGru } from './recurrent/min-gru.js'
import { minLstm } from './recurrent/min-lstm.js'
import { mlstm } from './recurrent/mlstm.js'
import { qrnn } from './recurrent/qrnn.js'
import { rgLru } from './recurrent/rg-lru.js'
import { rmc } from './recurrent/rmc.js'
import { rwkvChannelMix } from './recurrent/rwkv-channel-mix.js'
import { rwkv4 } from './recurrent/rwkv4.js'
import { slstm } from './recurrent/slstm.js'
import { titans } from './recurrent/titans.js'
import { titansContext } from './recurrent/titans-context.js'
import { titansGate } from './recurrent/titans-gate.js'
import { ttt } from './recurrent/ttt.js'
import { urn } from './recurrent/urn.js'
import { xlstmLarge } from './recurrent/xlstm-large.js'
import { h3 } from './state-space/h3.js'
import { lmu } from './state-space/lmu.js'
import { lssl } from './state-space/lssl.js'
import { mamba } from './state-space/mamba.js'
import { mamba2 } from './state-space/mamba2.js'
import { s4 } from './state-space/s4.js'
import { s4d } from './state-space/s4d.js'
import { s5 } from './state-space/s5.js'
import { seqBoat } from './state-space/seqboat.js'

export const mixers: readonly Mixer[] = [
  // attention
  softmaxAttention,
  latentAttention,
  transformerXl,
  forgettingAttention,
  mega,
  pathAttention,
  disentangledAttention,
  bigBird,
  nystromformer,
  xlnet,
  // linear-attention
  linearAttention,
  gla,
  deltaNet,
  abc,
  based,
  deltaProduct,
  diagAttention,
  flowAttention,
  gatedDeltaNet,
  gatedSlotAttention,
  jrt,
  kimiDeltaAttention,
  lavo,
  lightnet,
  lightningAttention,
  linearized,
  longVq,
  mom,
  normAttention,
  rebased,
  retnet,
  rwkv6,
  rwkv7,
  simplifiedLinearAttention,
  transnormerLlm,
  // state-space
  mamba,
  mamba2,
  h3,
  lmu,
  lssl,
  s4,
  s4d,
  s5,
  seqBoat,
  // recurrent
  lstm,
  gru,
  aaren,
  hgrn,
  hgrn2,
  lem,
  minGru,
  minLstm,
  mlstm,
  qrnn,
  rgLru,
  rmc,
  rwkv4,
  rwkvChannelMix,
  slstm,
  titans,
  titansContext,
  titansGate,
  ttt,
  urn,
  xlstmLarge,
  // convolution
  cat,
  causalRn,
  dynamicConv,
  fnet,
  fourier,
  gatedConvnet,
  gatedShortConv,
  hyena,
  longConv,
  maskedMixer,
  sentenceConv,
  tcnca,
  trellisnet,
]
export const channelMixers: readonly ChannelMixer[] = [mlp, swiglu, sglu, polycom, mixture]

export * from './augmented.js'
export * from './mixer.js'
export {
  aaren,
  abc,
  based,
  cat,
  causalRn,
  crossAttention,
  deltaNet,
  deltaProduct,
  diagAttention,
  dynamicConv,
  flowAttention,
  fnet,
  forgettingAttention,
  fourier,
  gatedConvnet,
  gatedDeltaNet,
  gatedShortConv,
  gatedSlotAttention,
  gla,
  groupedLinearAttention,
  gru,
  h3,
  hgrn,
  hgrn2,
  hyena,
  jrt,
  kimiDeltaAttention,
  lavo,
  lem,
  lightnet,
  lightningAttention,
  linearAttention,
  linearized,
  lmu,
  longConv,
  longVq,
  lssl,
  lstm,
  mamba,
  mamba2,
  maskedMixer,
  mega,
  minGru,
  minLstm,
  mixture,
  mlp,
  mlstm,
  mom,
  normAttention,
  pathAttention,
  polycom,
  qrnn,
  rebased,
  retnet,
  rgLru,
  rmc,
  rwkv4,
  rwkv6,
  rwkv7,
  rwkvChannelMix,
  s4,
  s4d,
  s5,
  seqBoat,
  sglu,
  simplifiedLinearAttention,
  slstm,
  softmaxAttention,
  swiglu,
  tcnca,
  titans,
  titansContext,
  titansGate,
  transformerXl,
  transnormerLlm,
  trellisnet,
  ttt,
  urn,
  xlstmLarge,
}
