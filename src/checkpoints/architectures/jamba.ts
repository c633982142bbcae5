/** Jamba: Mamba and a few layers of attention without positions, each followed by a feed-forward layer or a mixture. */
import { z } from 'zod'
import {
  activationOf,
  count,
  defineArchitecture,
  each,
  linear,
  neutral,
  norm,
  settings,
  table,
} from '../architecture.js'
import {
  groupedSettings,
  llamaAttention,
  llamaAttentionTensors,
  llamaChannelTensors,
  llamaIgnored,
  llamaModel,
  llamaSettings,
} from './llama.js'
import { mambaTensors } from './mamba.js'
import { expertTensors, routerSettings, singleExpertTensors } from './mixtral.js'

export const jamba = defineArchitecture({
  id: 'jamba',
  classes: ['JambaForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...groupedSettings,
    attn_layer_offset: z.int().nonnegative().default(4),
    attn_layer_period: count.default(8),
    expert_layer_offset: z.int().nonnegative().default(1),
    expert_layer_period: count.default(2),
    num_experts: count.default(16),
    num_experts_per_tok: count.default(2),
    mamba_conv_bias: z.boolean().default(true),
    mamba_d_conv: count.default(4),
    mamba_d_state: count.default(16),
    mamba_dt_rank: z.union([count, z.literal('auto')]).default('auto'),
    mamba_expand: count.default(2),
    mamba_proj_bias: z.boolean().default(false),
    sliding_window: z.null().optional(),
    ...routerSettings,
    num_logits_to_keep: neutral,
    calc_logits_for_entire_prompt: neutral,
    use_associative_scan: neutral,
    use_mamba_kernels: neutral,
    use_mambapy: neutral,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,

  model(c) {
    const layers = [...Array(c.num_hidden_layers).keys()]
    const gated = { id: 'swiglu', activation: activationOf(c.hidden_act), width: c.intermediate_size }
    const mixture = { ...gated, id: 'mixture', experts: c.num_experts, chosen: c.num_experts_per_tok, normalize: false }
    const mamba = {
      id: 'mamba',
      bias: c.mamba_proj_bias,
      expand: c.mamba_expand,
      state: c.mamba_d_state,
      stepRank: rankOf(c),
      convolution: c.mamba_d_conv,
      convolutionOffset: c.mamba_conv_bias,
      innerNorms: true,
      activation: activationOf(c.hidden_act),
    }
    return {
      ...llamaModel(c),
      mixers: layers.map((layer) => (isAttention(c, layer) ? llamaAttention(c, { rotary: false }) : mamba)),
      channels: layers.map((layer) => (isMixture(c, layer) ? mixture : gated)),
    }
  },

  tensors: (c, names) => [
    table('model.embed_tokens.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
      const sizes = { inner: c.mamba_expand * c.hidden_size, rank: rankOf(c), state: c.mamba_d_state }
      const settings = { bias: c.mamba_proj_bias, convolution: c.mamba_conv_bias }
      const single = names.has(`${from}.feed_forward.experts.0.gate_proj.weight`)
      return [
        ...norm(`${from}.input_layernorm`, `${to}.mixerNorm`),
        ...(isAttention(c, layer)
          ? llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`)
          : [
              ...mambaTensors(`${from}.mamba`, `${to}.mixer`, sizes, settings),
              ...norm(`${from}.mamba.dt_layernorm`, `${to}.mixer.stepNorm`),
              ...norm(`${from}.mamba.b_layernorm`, `${to}.mixer.writeNorm`),
              ...norm(`${from}.mamba.c_layernorm`, `${to}.mixer.readNorm`),
            ]),
        ...norm(`${from}.pre_ff_layernorm`, `${to}.channelNorm`),
        ...(!isMixture(c, layer)
          ? llamaChannelTensors(`${from}.feed_forward`, `${to}.channel`)
          : single
            ? singleExpertTensors(
                `${from}.feed_forward`,
                `${to}.channel`,
                c.num_experts,
                ['gate_proj', 'up_proj', 'down_proj'],
                'router',
              )
            : expertTensors(`${from}.feed_forward`, `${to}.channel`, 'router')),
      ]
    }),
    ...norm('model.final_layernorm', 'norm'),
    ...(c.tie_word_embeddings ? [] : linear('lm_head', 'head')),
  ],
})

interface Periods {
  readonly attn_layer_offset: number
  readonly attn_layer_period: number
  readonly expert_layer_offset: number
  readonly expert_layer_period: number
  readonly num_experts: number
}
const isAttention = (c: Periods, layer: number) => layer % c.attn_layer_period === c.attn_layer_offset
const isMixture = (c: Periods, layer: number) =>
  c.num_experts > 1 && layer % c.expert_layer_period === c.expert_layer_offset
const rankOf = (c: { mamba_dt_rank: number | 'auto'; hidden_size: number }) =>
  c.mamba_dt_rank === 'auto' ? Math.ceil(c.hidden_size / 16) : c.mamba_dt_rank
