/** Llama: RMSNorm, rotary positions, grouped heads, SwiGLU. Its relatives differ in few settings and share the mapping. */
import { z } from 'zod'
import type { ModelConfig, ModelConfigInput } from '../../models/index.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  paddingOf,
  settings,
  table,
  traits,
} from '../architecture.js'
import { rope, ropeParametersOf, rotaryOf } from '../rope.js'

/** Settings that Llama and its relatives have in common. */
export const llamaSettings = {
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  hidden_act: activation.default('silu'),
  rms_norm_eps: epsilon.default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  attention_dropout: neutral,
  ...rope,
}
/** Heads of those that group them unless told otherwise. */
export const groupedSettings = { num_key_value_heads: count.nullable().default(8) }
export type LlamaSettings = z.infer<ReturnType<typeof llamaOf>>
const llamaOf = () => settings(llamaSettings)

/** The configuration that all of them share; `mixer` says more. */
export function llamaModel(c: LlamaSettings, mixer: object = {}) {
  return {
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: paddingOf(c),
    norm: 'rms',
    normEpsilon: c.rms_norm_eps,
    bias: false,
    mixers: [llamaAttention(c, mixer)],
    channel: { id: 'swiglu', activation: activationOf(c.hidden_act), width: c.intermediate_size },
    head: { kind: 'token', tied: c.tie_word_embeddings },
  } satisfies ModelConfigInput
}

export const llamaAttention = (c: LlamaSettings, more: object = {}) => ({
  id: 'softmax',
  headWidth: headWidthOf(c),
  keyHeads: c.num_key_value_heads ?? c.num_attention_heads,
  ...rotaryOf(c, headWidthOf(c)),
  ...more,
})

export const headWidthOf = (c: Pick<LlamaSettings, 'head_dim' | 'hidden_size' | 'num_attention_heads'>) =>
  c.head_dim ?? c.hidden_size / c.num_attention_heads

/** Settings of a model as Llama's relatives name them. */
export function llamaSettingsOf(model: ModelConfig, context: number) {
  const { mixer, channel, activation, vocabulary, tied } = traits(model)
  return {
    vocab_size: vocabulary,
    hidden_size: model.dim,
    intermediate_size: channel?.width,
    num_hidden_layers: model.layers,
    num_attention_heads: mixer.heads,
    num_key_value_heads: mixer.keyHeads ?? mixer.heads,
    head_dim: mixer.headWidth ?? model.dim / mixer.heads,
    hidden_act: activation,
    max_position_embeddings: mixer.rotaryScaling?.longest ?? context,
    rms_norm_eps: model.normEpsilon,
    tie_word_embeddings: tied,
    rope_parameters: ropeParametersOf(mixer as never),
  }
}

/** Where the input, the last norm and the head lie, around the layers. */
export const llamaFrame = (c: LlamaSettings, layer: (from: string, to: string, index: number) => Entry[]) => [
  table('model.embed_tokens.weight', 'input.table'),
  ...each(c.num_hidden_layers, (index) => layer(`model.layers.${index}`, `blocks.${index}`, index)),
  ...norm('model.norm', 'norm'),
  ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
]

export const llamaAttentionTensors = (from: string, to: string, { inputs = false, output = false } = {}) => [
  ...linear(`${from}.q_proj`, `${to}.query`, inputs),
  ...linear(`${from}.k_proj`, `${to}.key`, inputs),
  ...linear(`${from}.v_proj`, `${to}.value`, inputs),
  ...linear(`${from}.o_proj`, `${to}.output`, output),
]

export const llamaChannelTensors = (from: string, to: string, bias = false) => [
  ...linear(`${from}.gate_proj`, `${to}.gate`, bias),
  ...linear(`${from}.up_proj`, `${to}.up`, bias),
  ...linear(`${from}.down_proj`, `${to}.down`, bias),
]

export const llamaNorms = (from: string, to: string) => [
  ...norm(`${from}.input_layernorm`, `${to}.mixerNorm`),
  ...norm(`${from}.post_attention_layernorm`, `${to}.channelNorm`),
]

interface Layers {
  /** Offsets of queries, keys and values, and of the output map. */
  readonly inputs?: boolean
  readonly output?: boolean
  /** Norms of queries and keys. */
  readonly headNorms?: boolean
  /** Where the tensors of the channel mixer lie, where it is not Llama's own. */
  readonly channel?: (from: string, to: string) => Entry[]
}

/** All tensors of Llama and of those relatives whose layers are alike. */
export const llamaTensors = (
  c: LlamaSettings,
  {
    inputs,
    output,
    headNorms,
    channel = (from, to) => llamaChannelTensors(`${from}.mlp`, `${to}.channel`),
  }: Layers = {},
) =>
  llamaFrame(c, (from, to) => [
    ...llamaNorms(from, to),
    ...llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`, { inputs, output }),
    ...(headNorms ? llamaHeadNorms(`${from}.self_attn`, `${to}.mixer`) : []),
    ...channel(from, to),
  ])

export const llamaHeadNorms = (from: string, to: string) => [
  ...norm(`${from}.q_norm`, `${to}.queryNorm`),
  ...norm(`${from}.k_norm`, `${to}.keyNorm`),
]

/** Copies of the head where it is tied, and rates that follow from the settings. */
export const llamaIgnored = /^lm_head\.weight$|\.rotary_emb\.inv_freq$/

export const llama = defineArchitecture({
  id: 'llama',
  classes: ['LlamaForCausalLM'],
  settings: settings({
    ...llamaSettings,
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model(c) {
    const model = llamaModel(c, { bias: c.attention_bias })
    return { ...model, channel: { ...model.channel, bias: c.mlp_bias } }
  },
  settingsOf(model, context) {
    const { mixer, channel } = traits(model)
    return { ...llamaSettingsOf(model, context), attention_bias: mixer.bias, mlp_bias: channel?.bias }
  },
  tensors: (c) =>
    llamaTensors(c, {
      inputs: c.attention_bias,
      output: c.attention_bias,
      channel: (from, to) => llamaChannelTensors(`${from}.mlp`, `${to}.channel`, c.mlp_bias),
    }),
})
