/** Qwen3-Next: Gated DeltaNet and gated attention in turn, norms whose scale is held less 1, mixtures with a shared expert. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { count, defineArchitecture, type Entry, linear, matrix, norm, same, settings, taps } from '../architecture.js'
import { partialRope, rotaryOf } from '../rope.js'
import {
  headWidthOf,
  type LlamaSettings,
  llamaAttention,
  llamaChannelTensors,
  llamaFrame,
  llamaIgnored,
  llamaModel,
  llamaNorms,
  llamaSettings,
} from './llama.js'
import { expertTensors, routerSettings, singleExpertTensors } from './mixtral.js'

interface Settings extends Omit<LlamaSettings, keyof typeof partialRope> {
  readonly linear_num_key_heads: number
  readonly linear_num_value_heads: number
  readonly linear_key_head_dim: number
  readonly linear_value_head_dim: number
  readonly linear_conv_kernel_dim: number
  readonly attention_bias: boolean
  readonly layer_types?: readonly string[] | null
  readonly full_attention_interval: number
  readonly mlp_only_layers: readonly number[]
  readonly num_experts: number
  readonly decoder_sparse_step: number
}

export const qwen3Next = defineArchitecture({
  id: 'qwen3_next',
  classes: ['Qwen3NextForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...partialRope,
    num_key_value_heads: count.nullable().default(2),
    head_dim: count.default(256),
    attention_bias: z.boolean().default(false),
    decoder_sparse_step: count.default(1),
    layer_types: z.array(z.enum(['linear_attention', 'full_attention'])).nullish(),
    full_attention_interval: count.default(4),
    linear_conv_kernel_dim: count.default(4),
    linear_key_head_dim: count.default(128),
    linear_num_key_heads: count.default(16),
    linear_num_value_heads: count.default(32),
    linear_value_head_dim: count.default(128),
    mlp_only_layers: z.array(z.int().nonnegative()).default([]),
    moe_intermediate_size: count.default(512),
    norm_topk_prob: z.boolean().default(true),
    num_experts: count.default(512),
    num_experts_per_tok: count.default(10),
    shared_expert_intermediate_size: count.default(512),
    ...routerSettings,
    use_sliding_window: z.literal(false).optional(),
  }),
  predicts: 'next token',
  ignored: new RegExp(`${llamaIgnored.source}|^mtp\\.`),

  model(c) {
    const model = llamaModel(c)
    const { activation } = model.channel
    const mixture = {
      id: 'mixture',
      activation,
      width: c.moe_intermediate_size,
      experts: c.num_experts,
      chosen: c.num_experts_per_tok,
      normalize: c.norm_topk_prob,
      shared: c.shared_expert_intermediate_size,
    }
    const delta = {
      id: 'gated-delta-net',
      heads: c.linear_num_value_heads,
      keyHeads: c.linear_num_key_heads,
      keyWidth: c.linear_key_head_dim,
      valueWidth: c.linear_value_head_dim,
      // A millionth is added to squared lengths.
      unitEpsilon: 1e-3,
      convolution: c.linear_conv_kernel_dim,
      activation,
    }
    const attention = llamaAttention(c, {
      bias: c.attention_bias,
      ...rotaryOf(c, headWidthOf(c), 10_000, 0.25),
      headNorm: 'rms-offset',
      gate: true,
    })
    const layers = [...Array(c.num_hidden_layers).keys()]
    return {
      ...model,
      norm: 'rms-offset',
      mixers: layers.map((layer) => (isFull(c, layer) ? attention : delta)),
      channels: layers.map((layer) => (isMixture(c, layer) ? mixture : model.channel)),
    }
  },

  tensors: (c, names) =>
    llamaFrame(c, (from, to, layer) => [
      ...llamaNorms(from, to),
      ...(isFull(c, layer)
        ? attentionTensors(c, `${from}.self_attn`, `${to}.mixer`)
        : deltaTensors(c, `${from}.linear_attn`, `${to}.mixer`)),
      ...(!isMixture(c, layer)
        ? llamaChannelTensors(`${from}.mlp`, `${to}.channel`)
        : [
            ...(names.has(`${from}.mlp.experts.0.gate_proj.weight`)
              ? singleExpertTensors(`${from}.mlp`, `${to}.channel`, c.num_experts, [
                  'gate_proj',
                  'up_proj',
                  'down_proj',
                ])
              : expertTensors(`${from}.mlp`, `${to}.channel`)),
            ...llamaChannelTensors(`${from}.mlp.shared_expert`, `${to}.channel.shared`),
            ...linear(`${from}.mlp.shared_expert_gate`, `${to}.channel.sharedGate`),
          ]),
    ]),
})

/** Each head's queries lie before its gates in one matrix. */
function attentionTensors(c: Settings, from: string, to: string): Entry[] {
  const bias = c.attention_bias
  return [
    ...['query', 'gate'].flatMap((part, p) => {
      const among = { sizes: { p: 2, h: c.num_attention_heads }, at: { p } }
      const [name, path] = [`${from}.q_proj`, `${to}.${part}`]
      return [
        { name: `${name}.weight`, path: `${path}.weight`, axes: '(h p d) i -> i (h d)', ...among },
        ...(bias ? [{ name: `${name}.bias`, path: `${path}.bias`, axes: '(h p d) -> (h d)', ...among }] : []),
      ]
    }),
    ...linear(`${from}.k_proj`, `${to}.key`, bias),
    ...linear(`${from}.v_proj`, `${to}.value`, bias),
    ...norm(`${from}.q_norm`, `${to}.queryNorm`),
    ...norm(`${from}.k_norm`, `${to}.keyNorm`),
    ...linear(`${from}.o_proj`, `${to}.output`, bias),
  ]
}

/** What belongs to one head of keys lies together: query, key, and the values and gates of the heads that share it. */
function deltaTensors(c: Settings, from: string, to: string): Entry[] {
  const shared = c.linear_num_value_heads / c.linear_num_key_heads
  const group = (name: string, parts: readonly (readonly [string, number])[]) => {
    const of = parts.reduce((total, [, width]) => total + width, 0)
    let start = 0
    return parts.map(([path, width]) => {
      const slice = { from: start, of }
      start += width
      return matrix(`${from}.${name}.weight`, `${to}.${path}.weight`, {
        axes: '(h s) i -> i (h s)',
        sizes: { h: c.linear_num_key_heads },
        slices: { s: slice },
      })
    })
  }
  const [keys, values] = [c.linear_key_head_dim, shared * c.linear_value_head_dim]
  return [
    ...group('in_proj_qkvz', [
      ['query', keys],
      ['key', keys],
      ['value', values],
      ['gate', values],
    ]),
    ...group('in_proj_ba', [
      ['beta', shared],
      ['step', shared],
    ]),
    ...taps(`${from}.conv1d`, `${to}.convolution`),
    same(`${from}.A_log`, `${to}.decay.logRate`),
    same(`${from}.dt_bias`, `${to}.decay.stepOffset`),
    ...norm(`${from}.norm`, `${to}.norm`),
    ...linear(`${from}.out_proj`, `${to}.output`),
  ]
}

function isFull(c: Settings, layer: number): boolean {
  if (!c.layer_types) return (layer + 1) % c.full_attention_interval === 0
  if (c.layer_types.length === c.num_hidden_layers) return c.layer_types[layer] === 'full_attention'
  throw new UserError(
    `config.json: layer_types must name ${c.num_hidden_layers} layers, got ${c.layer_types.length} – complete the list`,
  )
}

const isMixture = (c: Settings, layer: number) =>
  !c.mlp_only_layers.includes(layer) && c.num_experts > 0 && (layer + 1) % c.decoder_sparse_step === 0
