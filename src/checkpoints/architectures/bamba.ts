/** Bamba: Mamba-2 and a few layers of attention that turns half of its features, each followed by a feed-forward layer. */
import { z } from 'zod'
import {
  activationOf,
  count,
  defineArchitecture,
  each,
  epsilon,
  linear,
  neutral,
  norm,
  settings,
  table,
} from '../architecture.js'
import { partialRope, rotaryOf } from '../rope.js'
import {
  groupedSettings,
  headWidthOf,
  llamaAttention,
  llamaAttentionTensors,
  llamaChannelTensors,
  llamaIgnored,
  llamaModel,
  llamaSettings,
} from './llama.js'
import { mamba2Tensors, stepLimit, stepLimitsOf } from './mamba2.js'

export const bamba = defineArchitecture({
  id: 'bamba',
  classes: ['BambaForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...partialRope,
    ...groupedSettings,
    rms_norm_eps: epsilon.default(1e-5),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    attn_layer_indices: z.array(z.int().nonnegative()).nullish(),
    mamba_n_heads: count.default(128),
    // Follows from the width and the heads.
    mamba_d_head: neutral,
    mamba_n_groups: count.default(1),
    mamba_d_state: count.default(256),
    mamba_d_conv: count.default(4),
    mamba_expand: count.default(2),
    mamba_conv_bias: z.boolean().default(true),
    mamba_proj_bias: z.boolean().default(false),
    time_step_limit: stepLimit,
    // A loss that training adds.
    z_loss_coefficient: z.literal(0).optional(),
    // Tokens of a chunk: how it is computed.
    mamba_chunk_size: neutral,
    num_logits_to_keep: neutral,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,

  model(c) {
    const model = llamaModel(c)
    const attention = llamaAttention(c, { bias: c.attention_bias, ...rotaryOf(c, headWidthOf(c), 10_000, 0.5) })
    const mamba = {
      id: 'mamba2',
      bias: c.mamba_proj_bias,
      heads: c.mamba_n_heads,
      expand: c.mamba_expand,
      state: c.mamba_d_state,
      groups: c.mamba_n_groups,
      convolution: c.mamba_d_conv,
      convolutionOffset: c.mamba_conv_bias,
      activation: activationOf(c.hidden_act),
      ...stepLimitsOf(c.time_step_limit),
    }
    return {
      ...model,
      mixers: Array.from({ length: c.num_hidden_layers }, (_, layer) => (attends(c, layer) ? attention : mamba)),
      channel: { ...model.channel, bias: c.mlp_bias },
    }
  },

  tensors: (c) => [
    table('model.embed_tokens.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
      const sizes = { inner: c.mamba_expand * c.hidden_size, shared: c.mamba_n_groups * c.mamba_d_state }
      const offsets = { inputs: c.attention_bias, output: c.attention_bias }
      return [
        ...norm(`${from}.input_layernorm`, `${to}.mixerNorm`),
        ...(attends(c, layer)
          ? llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`, offsets)
          : mamba2Tensors(`${from}.mamba`, `${to}.mixer`, sizes, {
              bias: c.mamba_proj_bias,
              convolution: c.mamba_conv_bias,
            })),
        ...norm(`${from}.pre_ff_layernorm`, `${to}.channelNorm`),
        ...llamaChannelTensors(`${from}.feed_forward`, `${to}.channel`, c.mlp_bias),
      ]
    }),
    ...norm('model.final_layernorm', 'norm'),
    ...(c.tie_word_embeddings ? [] : linear('lm_head', 'head')),
  ],
})

const attends = (c: { readonly attn_layer_indices?: readonly number[] | null }, layer: number) =>
  c.attn_layer_indices?.includes(layer) ?? false
