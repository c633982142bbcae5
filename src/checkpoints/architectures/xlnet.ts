/** XLNet: attention with scores of distance, both ways or to the past, norms after the sums, and nothing that is carried. */
import { z } from 'zod'
import {
  activation,
  activationOf,
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
  same,
  settings,
  table,
} from '../architecture.js'

const shape = settings({
  vocab_size: count.default(32000),
  d_model: count.default(1024),
  n_layer: count.default(24),
  n_head: count.default(16),
  d_inner: count.default(4096),
  // It must be d_model / n_head, and the original checks that.
  d_head: neutral,
  ff_activation: activation.default('gelu'),
  attn_type: z.enum(['bi', 'uni']).default('bi'),
  layer_norm_eps: epsilon.default(1e-12),
  clamp_len: z.int().default(-1),
  // Half of a batch would be read backwards.
  bi_data: off.optional(),
  same_length: z.boolean().default(false),
  untie_r: on.optional(),
  tie_word_embeddings: z.boolean().default(true),
  ...Object.fromEntries(
    [
      // What is kept for the next text; the first one has none.
      ...['mem_len', 'reuse_len', 'use_mems_eval', 'use_mems_train', 'use_mems'],
      ...['summary_type', 'summary_use_proj', 'summary_activation', 'summary_last_dropout', 'summary_proj_to_labels'],
      ...['start_n_top', 'end_n_top', 'dropout', 'init_std'],
    ].map((key) => [key, neutral]),
  ),
}).refine(
  ({ attn_type: type, same_length: same }) => type === 'bi' || !same,
  'same_length with attn_type uni hides every token but oneself, which is not read – set one of them otherwise',
)

export const xlnet = defineArchitecture({
  id: 'xlnet',
  classes: ['XLNetLMHeadModel'],
  settings: shape,
  predicts: 'same token',
  // Of a second stream of queries, and of kinds of text that are told by who calls; neither is by default.
  ignored: /^transformer\.mask_emb$|\.rel_attn\.(seg_embed|r_s_bias)$|^lm_loss\.weight$/,

  model: (c) => ({
    dim: c.d_model,
    layers: c.n_layer,
    heads: c.n_head,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    normEpsilon: c.layer_norm_eps,
    normPlace: 'after',
    mixers: [
      {
        id: 'xlnet',
        bias: false,
        causal: c.attn_type === 'uni',
        clamp: c.clamp_len > 0 ? c.clamp_len : undefined,
      },
    ],
    channel: { id: 'mlp', activation: activationOf(c.ff_activation), width: c.d_inner },
    head: { kind: 'token', tied: c.tie_word_embeddings, bias: true },
  }),

  tensors: (c) => [
    table('transformer.word_embedding.weight', 'input.table'),
    ...each(c.n_layer, (layer) => {
      const [from, to] = [`transformer.layer.${layer}`, `blocks.${layer}`]
      const map = (name: string, path: string) => ({
        name: `${from}.rel_attn.${name}`,
        path: `${to}.mixer.${path}.weight`,
        axes: 'i h d -> i (h d)',
        sizes: { h: c.n_head },
      })
      const offset = (name: string, path: string) => ({
        name: `${from}.rel_attn.${name}`,
        path: `${to}.mixer.${path}`,
        axes: 'h d -> h 1 d',
      })
      return [
        map('q', 'query'),
        map('k', 'key'),
        map('v', 'value'),
        map('r', 'distance'),
        offset('r_w_bias', 'contentBias'),
        offset('r_r_bias', 'distanceBias'),
        { ...map('o', 'output'), axes: 'o h d -> (h d) o' },
        ...norm(`${from}.rel_attn.layer_norm`, `${to}.mixerNorm`, true),
        ...linear(`${from}.ff.layer_1`, `${to}.channel.up`, true),
        ...linear(`${from}.ff.layer_2`, `${to}.channel.down`, true),
        ...norm(`${from}.ff.layer_norm`, `${to}.channelNorm`, true),
      ]
    }),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_loss.weight', 'head.weight')]),
    same('lm_loss.bias', c.tie_word_embeddings ? 'headBias' : 'head.bias'),
  ],
})
