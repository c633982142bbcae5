/** BLOOM: linear biases for positions, a norm after the embedding, queries, keys and values interleaved by heads. */
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
  settings,
  table,
  traits,
} from '../architecture.js'

export const bloom = defineArchitecture({
  id: 'bloom',
  classes: ['BloomForCausalLM'],
  settings: settings({
    vocab_size: count.default(250880),
    hidden_size: count.optional(),
    n_embed: count.optional(),
    n_layer: count.default(2),
    n_head: count.optional(),
    num_attention_heads: count.optional(),
    n_inner: z.null().optional(),
    layer_norm_epsilon: epsilon.default(1e-5),
    apply_residual_connection_post_layernorm: z.boolean().default(false),
    tie_word_embeddings: z.boolean().default(true),
    skip_bias_add_qkv: off.optional(),
    attention_dropout: neutral,
    hidden_dropout: neutral,
    attention_softmax_in_fp32: neutral,
    bias_dropout_fusion: neutral,
    masked_softmax_fusion: neutral,
    offset_alibi: neutral,
    seq_length: neutral,
    skip_bias_add: neutral,
    // Leaves out an offset where matrices were trained in parts.
    slow_but_exact: off.optional(),
    unk_token_id: neutral,
  }),
  predicts: 'next token',
  prefix: 'transformer.',
  ignored: /^lm_head\.weight$/,

  model: (c) => ({
    dim: c.hidden_size ?? c.n_embed ?? 64,
    layers: c.n_layer,
    heads: headsOf(c),
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: { norm: true },
    normEpsilon: c.layer_norm_epsilon,
    residualFrom: c.apply_residual_connection_post_layernorm ? 'norm' : 'input',
    mixers: [{ id: 'softmax', rotary: false, alibi: true }],
    channel: { id: 'mlp', activation: 'gelu-tanh' },
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }),

  settingsOf(model) {
    const { vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      hidden_size: model.dim,
      n_layer: model.layers,
      n_head: model.heads,
      layer_norm_epsilon: model.normEpsilon,
      apply_residual_connection_post_layernorm: model.residualFrom === 'norm',
      tie_word_embeddings: tied,
    }
  },

  tensors: (c) => [
    table('transformer.word_embeddings.weight', 'input.table'),
    ...norm('transformer.word_embeddings_layernorm', 'embedding.norm', true),
    ...each(c.n_layer, (layer) => {
      const [from, to] = [`transformer.h.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.input_layernorm`, `${to}.mixerNorm`, true),
        ...['query', 'key', 'value'].flatMap((part, p) => {
          const among = { sizes: { p: 3, h: headsOf(c) }, at: { p } }
          const [name, path] = [`${from}.self_attention.query_key_value`, `${to}.mixer.${part}`]
          return [
            { name: `${name}.weight`, path: `${path}.weight`, axes: '(h p d) i -> i (h d)', ...among },
            { name: `${name}.bias`, path: `${path}.bias`, axes: '(h p d) -> (h d)', ...among },
          ]
        }),
        ...linear(`${from}.self_attention.dense`, `${to}.mixer.output`, true),
        ...norm(`${from}.post_attention_layernorm`, `${to}.channelNorm`, true),
        ...linear(`${from}.mlp.dense_h_to_4h`, `${to}.channel.up`, true),
        ...linear(`${from}.mlp.dense_4h_to_h`, `${to}.channel.down`, true),
      ]
    }),
    ...norm('transformer.ln_f', 'norm', true),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})

const headsOf = (c: { n_head?: number; num_attention_heads?: number }) => c.n_head ?? c.num_attention_heads ?? 8
