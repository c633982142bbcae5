/** DeepSeek-V2: latent attention, and after the first layers mixtures of experts with a layer that every token uses. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import {
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  linear,
  matrix,
  neutral,
  norm,
  off,
  settings,
} from '../architecture.js'
import { rotaryOf, yarnAmplitude } from '../rope.js'
import { llamaChannelTensors, llamaFrame, llamaIgnored, llamaModel, llamaNorms, llamaSettings } from './llama.js'
import { expertTensors, routerSettings, singleExpertTensors } from './mixtral.js'

interface Sizes {
  readonly num_attention_heads: number
  readonly attention_bias: boolean
  readonly kv_lora_rank: number
  readonly q_lora_rank: number | null
  readonly qk_nope_head_dim: number
  readonly qk_rope_head_dim: number
  readonly v_head_dim: number
}

export const deepseekV2 = defineArchitecture({
  id: 'deepseek_v2',
  classes: ['DeepseekV2ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...routerSettings,
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    kv_lora_rank: count.default(512),
    q_lora_rank: count.nullable().default(1536),
    qk_nope_head_dim: count.default(128),
    qk_rope_head_dim: count.default(64),
    v_head_dim: count.default(128),
    first_k_dense_replace: z.int().nonnegative().default(0),
    moe_intermediate_size: count.default(1407),
    n_routed_experts: count.default(64),
    n_shared_experts: count.default(2),
    num_experts_per_tok: count,
    routed_scaling_factor: z.number().positive().default(1),
    topk_method: z.enum(['greedy', 'group_limited_greedy']).default('greedy'),
    n_group: count.nullish(),
    topk_group: count.nullish(),
    norm_topk_prob: off.optional(),
    scoring_func: z.literal('softmax').optional(),
    moe_layer_freq: z.literal(1).optional(),
    ep_size: neutral,
    seq_aux: neutral,
    aux_loss_alpha: neutral,
    // Follows from the widths above, as head_dim does.
    qk_head_dim: neutral,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,

  model(c) {
    const heads = c.num_attention_heads
    if ((c.num_key_value_heads ?? heads) !== heads)
      throw new UserError(
        `config.json: num_key_value_heads must be num_attention_heads, ${heads}, got ${c.num_key_value_heads} – all heads share what is kept`,
      )
    if (c.qk_nope_head_dim % 2 !== 0)
      throw new UserError(`config.json: qk_nope_head_dim must be even, got ${c.qk_nope_head_dim} – no other is known`)
    const model = llamaModel({ ...c, head_dim: null })
    const gated = { ...model.channel, bias: c.mlp_bias }
    const limited = c.topk_method === 'group_limited_greedy'
    const mixture = {
      id: 'mixture',
      activation: activationOf(c.hidden_act),
      width: c.moe_intermediate_size,
      bias: c.mlp_bias,
      experts: c.n_routed_experts,
      chosen: c.num_experts_per_tok,
      ...(limited ? { groups: c.n_group ?? 1, chosenGroups: c.topk_group ?? 1 } : {}),
      normalize: false,
      factor: c.routed_scaling_factor,
      shared: c.moe_intermediate_size * c.n_shared_experts,
      sharedGate: false,
    }
    const { rotaryBase, rotaryScaling } = rotaryOf(c, c.qk_rope_head_dim)
    return {
      ...model,
      mixers: [
        {
          id: 'latent-attention',
          bias: c.attention_bias,
          rank: c.kv_lora_rank,
          queryRank: c.q_lora_rank ?? undefined,
          keyWidth: c.qk_nope_head_dim,
          turnedWidth: c.qk_rope_head_dim,
          valueWidth: c.v_head_dim,
          rotaryBase,
          rotaryScaling,
          scale: scaleOf(c),
        },
      ],
      channels: Array.from({ length: c.num_hidden_layers }, (_, layer) =>
        layer < c.first_k_dense_replace ? gated : mixture,
      ),
    }
  },

  tensors: (c, names) =>
    llamaFrame(c, (from, to, layer) => [
      ...llamaNorms(from, to),
      ...attention(c, `${from}.self_attn`, `${to}.mixer`),
      ...(layer < c.first_k_dense_replace
        ? llamaChannelTensors(`${from}.mlp`, `${to}.channel`, c.mlp_bias)
        : [
            ...(names.has(`${from}.mlp.experts.0.gate_proj.weight`)
              ? singleExpertTensors(`${from}.mlp`, `${to}.channel`, c.n_routed_experts, [
                  'gate_proj',
                  'up_proj',
                  'down_proj',
                ])
              : expertTensors(`${from}.mlp`, `${to}.channel`)),
            ...llamaChannelTensors(`${from}.mlp.shared_experts`, `${to}.channel.shared`, c.mlp_bias),
          ]),
    ]),
})

/** Scores grow with the logarithm of a stretch, where the settings of YaRN say so. */
function scaleOf(c: Sizes & Parameters<typeof rotaryOf>[0]): number {
  const plain = (c.qk_nope_head_dim + c.qk_rope_head_dim) ** -0.5
  const given = c.rope_scaling ?? c.rope_parameters
  if (given?.rope_type !== 'yarn' || !given.mscale_all_dim || given.factor === null) return plain
  return plain * yarnAmplitude(given.factor, given.mscale_all_dim) ** 2
}

/** A head's features that are turned lie behind the others, neighbours paired; here halves are. */
function attention(c: Sizes, from: string, to: string): Entry[] {
  const { qk_nope_head_dim: plain, qk_rope_head_dim: turned, kv_lora_rank: rank } = c
  const heads = { h: c.num_attention_heads }
  const query = c.q_lora_rank === null ? `${from}.q_proj` : `${from}.q_b_proj`
  const up = `${from}.kv_b_proj.weight`
  const both = plain + c.v_head_dim
  return [
    ...(c.q_lora_rank === null
      ? []
      : [
          ...linear(`${from}.q_a_proj`, `${to}.queryDown`, c.attention_bias),
          ...norm(`${from}.q_a_layernorm`, `${to}.queryNorm`),
        ]),
    matrix(`${query}.weight`, `${to}.query.weight`, {
      axes: '(h s) i -> i (h s)',
      sizes: heads,
      slices: { s: { from: 0, of: plain + turned } },
    }),
    matrix(`${query}.weight`, `${to}.turnedQuery.weight`, {
      axes: '(h j p) i -> i (h p j)',
      sizes: { ...heads, p: 2 },
      slices: { j: { from: plain / 2, of: (plain + turned) / 2 } },
    }),
    ...linear(`${from}.kv_a_proj_with_mqa`, `${to}.down`, c.attention_bias),
    matrix(`${from}.kv_a_proj_with_mqa.weight`, `${to}.turnedKey.weight`, {
      axes: '(j p) i -> i (p j)',
      sizes: { p: 2 },
      from: rank,
    }),
    ...(c.attention_bias
      ? [
          matrix(`${from}.kv_a_proj_with_mqa.bias`, `${to}.turnedKey.bias`, {
            axes: '(j p) -> (p j)',
            sizes: { p: 2 },
            from: rank,
          }),
        ]
      : []),
    ...norm(`${from}.kv_a_layernorm`, `${to}.norm`),
    matrix(up, `${to}.keyUp`, { axes: '(h s) r -> h s r', slices: { s: { from: 0, of: both } } }),
    matrix(up, `${to}.valueUp`, { axes: '(h s) r -> h r s', slices: { s: { from: plain, of: both } } }),
    ...linear(`${from}.o_proj`, `${to}.output`, c.attention_bias),
  ]
}
