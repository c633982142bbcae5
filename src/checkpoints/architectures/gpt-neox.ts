/** GPT-NeoX and Pythia: rotary positions of a share of the features, mixer and feed-forward layer beside each other. */
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
  settings,
  table,
  traits,
} from '../architecture.js'
import { partialRope, rotaryOf } from '../rope.js'

export const gptNeox = defineArchitecture({
  id: 'gpt_neox',
  classes: ['GPTNeoXForCausalLM'],
  settings: settings({
    vocab_size: count.default(50432),
    hidden_size: count.default(6144),
    num_hidden_layers: count.default(44),
    num_attention_heads: count.default(64),
    intermediate_size: count.default(24576),
    hidden_act: activation.default('gelu'),
    rotary_pct: z.number().positive().max(1).default(0.25),
    rotary_emb_base: z.number().positive().default(10_000),
    layer_norm_eps: epsilon.default(1e-5),
    use_parallel_residual: z.boolean().default(true),
    attention_bias: z.boolean().default(true),
    tie_word_embeddings: z.boolean().default(false),
    attention_dropout: neutral,
    hidden_dropout: neutral,
    classifier_dropout: neutral,
    ...partialRope,
    is_decoder: neutral,
  }),
  predicts: 'next token',
  ignored: /^(embed_out|lm_head)\.weight$|\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,

  model: (c) => ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    normEpsilon: c.layer_norm_eps,
    parallel: c.use_parallel_residual ? 'two norms' : 'none',
    mixers: [
      {
        id: 'softmax',
        bias: c.attention_bias,
        ...rotaryOf(c, c.hidden_size / c.num_attention_heads, c.rotary_emb_base, c.rotary_pct),
      },
    ],
    channel: { id: 'mlp', activation: activationOf(c.hidden_act), width: c.intermediate_size },
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }),

  settingsOf(model, context) {
    const { mixer, channel, activation, vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      hidden_size: model.dim,
      num_hidden_layers: model.layers,
      num_attention_heads: model.heads,
      intermediate_size: channel?.width,
      hidden_act: activation,
      rotary_pct: mixer.rotaryPart,
      rotary_emb_base: mixer.rotaryBase,
      max_position_embeddings: context,
      layer_norm_eps: model.normEpsilon,
      use_parallel_residual: model.parallel === 'two norms',
      attention_bias: mixer.bias,
      tie_word_embeddings: tied,
    }
  },

  tensors: (c, names) => [
    table('gpt_neox.embed_in.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`gpt_neox.layers.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.input_layernorm`, `${to}.mixerNorm`, true),
        ...['query', 'key', 'value'].flatMap((part, p) => {
          const among = { sizes: { p: 3, h: c.num_attention_heads }, at: { p } }
          const [name, path] = [`${from}.attention.query_key_value`, `${to}.mixer.${part}`]
          return [
            { name: `${name}.weight`, path: `${path}.weight`, axes: '(h p d) i -> i (h d)', ...among },
            ...(c.attention_bias
              ? [{ name: `${name}.bias`, path: `${path}.bias`, axes: '(h p d) -> (h d)', ...among }]
              : []),
          ]
        }),
        ...linear(`${from}.attention.dense`, `${to}.mixer.output`, c.attention_bias),
        ...norm(`${from}.post_attention_layernorm`, `${to}.channelNorm`, true),
        ...linear(`${from}.mlp.dense_h_to_4h`, `${to}.channel.up`, true),
        ...linear(`${from}.mlp.dense_4h_to_h`, `${to}.channel.down`, true),
      ]
    }),
    ...norm('gpt_neox.final_layer_norm', 'norm', true),
    ...(c.tie_word_embeddings
      ? []
      : [matrix(names.has('lm_head.weight') ? 'lm_head.weight' : 'embed_out.weight', 'head.weight')]),
  ],
})
