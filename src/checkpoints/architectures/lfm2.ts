/** LFM2: gated short convolutions and a few layers of attention with norms of queries and keys. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import {
  count,
  defineArchitecture,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  paddingOf,
  same,
  settings,
  table,
  taps,
} from '../architecture.js'
import { rope, rotaryOf } from '../rope.js'

export const lfm2 = defineArchitecture({
  id: 'lfm2',
  classes: ['Lfm2ForCausalLM'],
  settings: settings({
    vocab_size: count.default(65536),
    hidden_size: count.default(2560),
    intermediate_size: count.default(12288),
    block_ff_dim: count.optional(),
    num_hidden_layers: count.default(32),
    num_attention_heads: count.default(32),
    num_key_value_heads: count.default(8),
    norm_eps: epsilon.default(1e-5),
    block_norm_eps: neutral,
    conv_bias: z.boolean().default(false),
    conv_L_cache: count.default(3),
    block_multiple_of: count.default(256),
    block_ffn_dim_multiplier: z.number().positive().nullable().default(1),
    block_auto_adjust_ff_dim: z.boolean().default(true),
    full_attn_idxs: z.array(z.int().nonnegative()).nullish(),
    layer_types: z.array(z.enum(['conv', 'full_attention'])).nullish(),
    tie_word_embeddings: z.boolean().optional(),
    tie_embedding: z.boolean().default(true),
    block_dim: neutral,
    conv_dim: neutral,
    conv_dim_out: neutral,
    conv_use_xavier_init: neutral,
    block_mlp_init_scale: neutral,
    block_out_init_scale: neutral,
    block_use_swiglu: z.literal(true).optional(),
    block_use_xavier_init: neutral,
    num_heads: neutral,
    use_pos_enc: z.literal(true).optional(),
    ...rope,
    theta: neutral,
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model(c) {
    const attention = {
      id: 'softmax',
      bias: false,
      keyHeads: c.num_key_value_heads,
      headNorm: 'rms',
      ...rotaryOf(c, c.hidden_size / c.num_attention_heads, 1_000_000),
    }
    const convolution = { id: 'gated-short-conv', bias: c.conv_bias, convolution: c.conv_L_cache }
    return {
      dim: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_attention_heads,
      input: { kind: 'tokens', vocabulary: c.vocab_size },
      embedding: paddingOf(c),
      norm: 'rms',
      normEpsilon: c.norm_eps,
      bias: false,
      mixers: attends(c).map((is) => (is ? attention : convolution)),
      channel: { id: 'swiglu', width: widthOf(c) },
      head: { kind: 'token', tied: tiedOf(c) },
    }
  },

  tensors: (c) => [
    table('model.embed_tokens.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.operator_norm`, `${to}.mixerNorm`),
        ...(attends(c)[layer] ? attention(`${from}.self_attn`, `${to}.mixer`) : convolution(c, from, to)),
        ...norm(`${from}.ffn_norm`, `${to}.channelNorm`),
        ...linear(`${from}.feed_forward.w1`, `${to}.channel.gate`),
        ...linear(`${from}.feed_forward.w3`, `${to}.channel.up`),
        ...linear(`${from}.feed_forward.w2`, `${to}.channel.down`),
      ]
    }),
    ...norm('model.embedding_norm', 'norm'),
    ...(tiedOf(c) ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})

const attention = (from: string, to: string) => [
  ...linear(`${from}.q_proj`, `${to}.query`),
  ...linear(`${from}.k_proj`, `${to}.key`),
  ...linear(`${from}.v_proj`, `${to}.value`),
  ...norm(`${from}.q_layernorm`, `${to}.queryNorm`),
  ...norm(`${from}.k_layernorm`, `${to}.keyNorm`),
  ...linear(`${from}.out_proj`, `${to}.output`),
]

const convolution = (c: { hidden_size: number; conv_bias: boolean }, from: string, to: string) => [
  ...['write', 'read', 'input'].flatMap((part, index) => {
    const rows = { from: index * c.hidden_size }
    return [
      matrix(`${from}.conv.in_proj.weight`, `${to}.mixer.${part}.weight`, rows),
      ...(c.conv_bias ? [{ ...same(`${from}.conv.in_proj.bias`, `${to}.mixer.${part}.bias`), ...rows }] : []),
    ]
  }),
  ...taps(`${from}.conv.conv`, `${to}.mixer.convolution`, c.conv_bias),
  ...linear(`${from}.conv.out_proj`, `${to}.mixer.output`, c.conv_bias),
]

const tiedOf = (c: { tie_word_embeddings?: boolean; tie_embedding: boolean }) =>
  c.tie_word_embeddings ?? c.tie_embedding

interface Widths {
  readonly intermediate_size: number
  readonly block_ff_dim?: number
  readonly block_auto_adjust_ff_dim: boolean
  readonly block_ffn_dim_multiplier: number | null
  readonly block_multiple_of: number
}
/** Two thirds of what is asked for, rounded up, because there are three maps. */
function widthOf(c: Widths): number {
  const asked = c.block_ff_dim ?? c.intermediate_size
  if (!c.block_auto_adjust_ff_dim) return asked
  const width = Math.trunc(Math.trunc((2 * asked) / 3) * (c.block_ffn_dim_multiplier ?? 1))
  return c.block_multiple_of * Math.ceil(width / c.block_multiple_of)
}

interface Layers {
  readonly num_hidden_layers: number
  readonly layer_types?: readonly string[] | null
  readonly full_attn_idxs?: readonly number[] | null
}
function attends({ num_hidden_layers: count, layer_types: types, full_attn_idxs: places }: Layers): boolean[] {
  if (types && types.length !== count)
    throw new UserError(`config.json: layer_types must name ${count} layers, got ${types.length} – complete the list`)
  return Array.from({ length: count }, (_, layer) =>
    types ? types[layer] === 'full_attention' : (places?.includes(layer) ?? true),
  )
}
