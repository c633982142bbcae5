/** MiniMax: Lightning Attention and softmax attention in turn, mixtures of experts, sums with the norm of the input. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { activationOf, count, defineArchitecture, epsilon, matrix, neutral, norm, settings } from '../architecture.js'
import {
  groupedSettings,
  llamaAttention,
  llamaAttentionTensors,
  llamaFrame,
  llamaIgnored,
  llamaModel,
  llamaNorms,
  llamaSettings,
} from './llama.js'
import { expertSettings, expertTensors, singleExpertTensors } from './mixtral.js'

const factor = z.number().default(1)

export const minimax = defineArchitecture({
  id: 'minimax',
  classes: ['MiniMaxForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...groupedSettings,
    ...expertSettings,
    rms_norm_eps: epsilon.default(1e-5),
    rope_theta: z.number().positive().default(1_000_000),
    sliding_window: count.nullish(),
    layer_types: z.array(z.enum(['linear_attention', 'full_attention'])).optional(),
    // Tokens of a block: how it is computed, not what it is.
    block_size: neutral,
    full_attn_alpha_factor: factor,
    full_attn_beta_factor: factor,
    linear_attn_alpha_factor: factor,
    linear_attn_beta_factor: factor,
    mlp_alpha_factor: factor,
    mlp_beta_factor: factor,
  }),
  predicts: 'next token',
  ignored: new RegExp(`${llamaIgnored.source}|\\.(diagonal_decay|key_decay|query_decay|slope_rate)$`),

  model(c) {
    const model = llamaModel(c)
    const types = typesOf(c)
    return {
      ...model,
      residualFrom: 'norm',
      mixers: types.map((type, layer) =>
        type === 'full_attention'
          ? llamaAttention(c, {
              window: c.sliding_window ?? undefined,
              ...sum(c.full_attn_alpha_factor, c.full_attn_beta_factor),
            })
          : {
              id: 'lightning-attention',
              headWidth: c.head_dim ?? undefined,
              activation: activationOf(c.hidden_act),
              strength: 1 - layer / (c.num_hidden_layers - 1 + 1e-5) + 1e-5,
              ...sum(c.linear_attn_alpha_factor, c.linear_attn_beta_factor),
            },
      ),
      channel: {
        ...model.channel,
        id: 'mixture',
        experts: c.num_local_experts,
        chosen: c.num_experts_per_tok,
        ...sum(c.mlp_alpha_factor, c.mlp_beta_factor),
      },
    }
  },

  tensors: (c, names) =>
    llamaFrame(c, (from, to, layer) => [
      ...llamaNorms(from, to),
      ...(typesOf(c)[layer] === 'full_attention'
        ? llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`)
        : [
            ...['query', 'key', 'value'].map((part, p) =>
              matrix(`${from}.self_attn.qkv_proj.weight`, `${to}.mixer.${part}.weight`, {
                axes: '(h p d) i -> i (h d)',
                sizes: { p: 3, h: c.num_attention_heads },
                at: { p },
              }),
            ),
            matrix(`${from}.self_attn.output_gate.weight`, `${to}.mixer.gate.weight`),
            ...norm(`${from}.self_attn.norm`, `${to}.mixer.norm`),
            matrix(`${from}.self_attn.out_proj.weight`, `${to}.mixer.output.weight`),
          ]),
      ...(names.has(`${from}.block_sparse_moe.gate.weight`)
        ? singleExpertTensors(`${from}.block_sparse_moe`, `${to}.channel`, c.num_local_experts, ['w1', 'w3', 'w2'])
        : expertTensors(`${from}.mlp`, `${to}.channel`)),
    ]),
})

const sum = (kept: number, added: number) => ({ kept, added })

function typesOf(c: { layer_types?: readonly string[]; num_hidden_layers: number }): readonly string[] {
  const types =
    c.layer_types ??
    Array.from({ length: c.num_hidden_layers }, (_, n) => ((n + 1) % 2 === 0 ? 'full_attention' : 'linear_attention'))
  if (types.length === c.num_hidden_layers) return types
  throw new UserError(
    `config.json: layer_types must name ${c.num_hidden_layers} layers, got ${types.length} – complete the list`,
  )
}
