/** MPT: linear biases for positions, no offsets anywhere, one matrix for queries, keys and values. */
import { z } from 'zod'
import {
  count,
  defineArchitecture,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  off,
  on,
  settings,
  table,
  traits,
} from '../architecture.js'

const attention = settings({
  attn_type: z.literal('multihead_attention').optional(),
  clip_qkv: z.number().positive().nullish(),
  softmax_scale: z.number().positive().nullish(),
  alibi: on.optional(),
  alibi_bias_max: z.literal(8).optional(),
  prefix_lm: off.optional(),
  qk_ln: off.optional(),
  attn_uses_sequence_id: off.optional(),
  attn_impl: neutral,
  attn_pdrop: neutral,
})

export const mpt = defineArchitecture({
  id: 'mpt',
  classes: ['MptForCausalLM', 'MPTForCausalLM'],
  settings: settings({
    vocab_size: count.default(50368),
    d_model: count.default(2048),
    n_heads: count.default(16),
    n_layers: count.default(24),
    expansion_ratio: z.literal(4).optional(),
    layer_norm_epsilon: epsilon.default(1e-5),
    attn_config: attention.nullish(),
    no_bias: on.optional(),
    logit_scale: z.null().optional(),
    tie_word_embeddings: z.boolean().default(true),
    norm_type: z.enum(['low_precision_layernorm', 'layernorm']).optional(),
    // Files with linear biases have no table of positions, whatever this says.
    learned_pos_emb: neutral,
    max_seq_len: neutral,
    embedding_fraction: neutral,
    emb_pdrop: neutral,
    resid_pdrop: neutral,
    init_config: neutral,
    init_device: neutral,
    verbose: neutral,
  }),
  predicts: 'next token',
  prefix: 'transformer.',
  ignored: /^lm_head\.weight$/,

  model: (c) => ({
    dim: c.d_model,
    layers: c.n_layers,
    heads: c.n_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    norm: 'layer-scale',
    normEpsilon: c.layer_norm_epsilon,
    bias: false,
    mixers: [
      {
        id: 'softmax',
        rotary: false,
        alibi: true,
        scale: c.attn_config?.softmax_scale ?? undefined,
        clip: c.attn_config?.clip_qkv ?? undefined,
      },
    ],
    channel: { id: 'mlp' },
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }),

  settingsOf(model, context) {
    const { mixer, vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      d_model: model.dim,
      n_heads: model.heads,
      n_layers: model.layers,
      layer_norm_epsilon: model.normEpsilon,
      max_seq_len: context,
      attn_config: { clip_qkv: mixer.clip ?? null, softmax_scale: mixer.scale ?? null },
      tie_word_embeddings: tied,
    }
  },

  tensors: (c) => [
    table('transformer.wte.weight', 'input.table'),
    ...each(c.n_layers, (layer) => {
      const [from, to] = [`transformer.blocks.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.norm_1`, `${to}.mixerNorm`),
        ...['query', 'key', 'value'].map((part, p) =>
          matrix(`${from}.attn.Wqkv.weight`, `${to}.mixer.${part}.weight`, { from: p * c.d_model }),
        ),
        ...linear(`${from}.attn.out_proj`, `${to}.mixer.output`),
        ...norm(`${from}.norm_2`, `${to}.channelNorm`),
        ...linear(`${from}.ffn.up_proj`, `${to}.channel.up`),
        ...linear(`${from}.ffn.down_proj`, `${to}.channel.down`),
      ]
    }),
    ...norm('transformer.norm_f', 'norm'),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})
