/** GPT-2: learned positions, LayerNorm before each mixer, one matrix for queries, keys and values. */
import { z } from 'zod'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  each,
  epsilon,
  neutral,
  norm,
  off,
  same,
  settings,
  table,
  traits,
} from '../architecture.js'

export const gpt2 = defineArchitecture({
  id: 'gpt2',
  classes: ['GPT2LMHeadModel'],
  settings: settings({
    vocab_size: count.default(50257),
    n_positions: count.default(1024),
    n_ctx: neutral,
    n_embd: count.default(768),
    n_layer: count.default(12),
    n_head: count.default(12),
    n_inner: count.nullish(),
    activation_function: activation.default('gelu_new'),
    layer_norm_epsilon: epsilon.default(1e-5),
    tie_word_embeddings: z.boolean().default(true),
    scale_attn_weights: z.boolean().default(true),
    scale_attn_by_inverse_layer_idx: z.boolean().default(false),
    add_cross_attention: off.optional(),
    reorder_and_upcast_attn: neutral,
    attn_pdrop: neutral,
    embd_pdrop: neutral,
    resid_pdrop: neutral,
    summary_activation: neutral,
    summary_first_dropout: neutral,
    summary_proj_to_labels: neutral,
    summary_type: neutral,
    summary_use_proj: neutral,
  }),
  predicts: 'next token',
  prefix: 'transformer.',
  ignored: /^transformer\.h\.\d+\.attn\.(masked_)?bias$/,

  model: (c) => ({
    dim: c.n_embd,
    layers: c.n_layer,
    heads: c.n_head,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    positions: 'learned',
    maxPositions: c.n_positions,
    normEpsilon: c.layer_norm_epsilon,
    mixers: Array.from({ length: c.n_layer }, (_, layer) => ({ id: 'softmax', rotary: false, ...scaleOf(c, layer) })),
    channel: { id: 'mlp', activation: activationOf(c.activation_function) },
    channelWidth: c.n_inner ?? 4 * c.n_embd,
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }),

  settingsOf(model) {
    const { channel, activation, vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      n_positions: model.maxPositions,
      n_embd: model.dim,
      n_layer: model.layers,
      n_head: model.heads,
      n_inner: channel?.width ?? null,
      activation_function: activation === 'gelu_pytorch_tanh' ? 'gelu_new' : activation,
      layer_norm_epsilon: model.normEpsilon,
      tie_word_embeddings: tied,
    }
  },

  tensors: (c) => [
    table('transformer.wte.weight', 'input.table'),
    table('transformer.wpe.weight', 'positions.table'),
    ...each(c.n_layer, (layer) => {
      const [from, to] = [`transformer.h.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.ln_1`, `${to}.mixerNorm`, true),
        ...['query', 'key', 'value'].flatMap((part, p) => [
          {
            name: `${from}.attn.c_attn.weight`,
            path: `${to}.mixer.${part}.weight`,
            axes: 'i (p o) -> i o',
            ...third(p),
          },
          { name: `${from}.attn.c_attn.bias`, path: `${to}.mixer.${part}.bias`, axes: '(p o) -> o', ...third(p) },
        ]),
        ...map(`${from}.attn.c_proj`, `${to}.mixer.output`),
        ...norm(`${from}.ln_2`, `${to}.channelNorm`, true),
        ...map(`${from}.mlp.c_fc`, `${to}.channel.up`),
        ...map(`${from}.mlp.c_proj`, `${to}.channel.down`),
      ]
    }),
    ...norm('transformer.ln_f', 'norm', true),
    ...(c.tie_word_embeddings ? [] : [{ name: 'lm_head.weight', path: 'head.weight', axes: 'o i -> i o' }]),
  ],
})

interface Scales {
  readonly n_embd: number
  readonly n_head: number
  readonly scale_attn_weights: boolean
  readonly scale_attn_by_inverse_layer_idx: boolean
}
function scaleOf(
  { n_embd, n_head, scale_attn_weights: byWidth, scale_attn_by_inverse_layer_idx: byLayer }: Scales,
  layer: number,
) {
  if (byWidth && !byLayer) return {}
  return { scale: (byWidth ? (n_embd / n_head) ** -0.5 : 1) / (byLayer ? layer + 1 : 1) }
}

const third = (p: number) => ({ sizes: { p: 3 }, at: { p } })

/** A linear map stored as inputs by outputs, as only this architecture does. */
function map(name: string, path: string) {
  return [table(`${name}.weight`, `${path}.weight`), same(`${name}.bias`, `${path}.bias`)]
}
