/** ModernBERT: an encoder with rotary positions, gated feed-forward layers, and windows in most of its attention layers. */
import { z } from 'zod'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  depth,
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
} from '../architecture.js'

const layerType = z.enum(['full_attention', 'sliding_attention'])
const rope = z.strictObject({
  rope_type: z.literal('default').optional(),
  rope_theta: z.number().positive().optional(),
})
const shape = settings({
  vocab_size: count.default(50368),
  hidden_size: count.default(768),
  intermediate_size: count.default(1152),
  num_hidden_layers: depth.default(22),
  num_attention_heads: count.default(12),
  hidden_activation: activation.default('gelu'),
  norm_eps: epsilon.default(1e-5),
  norm_bias: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  layer_types: z.array(layerType).nullish(),
  global_attn_every_n_layers: count.default(3),
  local_attention: count.default(128),
  rope_parameters: z.strictObject({ full_attention: rope.nullish(), sliding_attention: rope.nullish() }).nullish(),
  rope_scaling: z.null().optional(),
  global_rope_theta: z.number().positive().default(160_000),
  local_rope_theta: z.number().positive().default(10_000),
  classifier_activation: activation.default('gelu'),
  classifier_bias: z.boolean().default(false),
  decoder_bias: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
  // Which positions the loss counts; none is left out where all have labels.
  sparse_prediction: neutral,
  sparse_pred_ignore_index: neutral,
  // Of early versions, and read by none.
  layer_norm_eps: neutral,
  position_embedding_type: neutral,
  ...Object.fromEntries(
    [
      ...['attention_dropout', 'embedding_dropout', 'mlp_dropout', 'classifier_dropout', 'classifier_pooling'],
      ...['initializer_cutoff_factor', 'deterministic_flash_attn', 'max_position_embeddings', 'cls_token_id'],
      ...['reference_compile', 'repad_logits_with_grad'],
    ].map((key) => [key, neutral]),
  ),
})
type Settings = z.infer<typeof shape>

function attention(c: Settings, layer: number) {
  const local = c.layer_types ? c.layer_types[layer] === 'sliding_attention' : layer % c.global_attn_every_n_layers > 0
  const { full_attention: full, sliding_attention: sliding } = c.rope_parameters ?? {}
  return {
    id: 'softmax',
    bias: c.attention_bias,
    causal: false,
    normed: layer > 0,
    rotaryBase: local ? (sliding?.rope_theta ?? c.local_rope_theta) : (full?.rope_theta ?? c.global_rope_theta),
    // So many tokens to each side, and oneself.
    window: local ? Math.floor(c.local_attention / 2) + 1 : undefined,
  }
}

export const modernbert = defineArchitecture({
  id: 'modernbert',
  classes: ['ModernBertForMaskedLM'],
  settings: shape.refine(
    ({ layer_types: types, num_hidden_layers: layers }) => !types || types.length === layers,
    'layer_types must name one type for each of num_hidden_layers',
  ),
  predicts: 'same token',
  ignored: /^decoder\.weight$|\.inv_freq$/,

  model: (c) => ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: { norm: true, ...paddingOf(c) },
    norm: c.norm_bias ? 'layer' : 'layer-scale',
    normEpsilon: c.norm_eps,
    mixers: Array.from({ length: c.num_hidden_layers }, (_, layer) => attention(c, layer)),
    channel: {
      id: 'swiglu',
      activation: activationOf(c.hidden_activation),
      width: c.intermediate_size,
      bias: c.mlp_bias,
    },
    head: {
      kind: 'token',
      tied: c.tie_word_embeddings,
      bias: c.decoder_bias,
      transform: activationOf(c.classifier_activation),
      transformBias: c.classifier_bias,
    },
  }),

  tensors: (c) => [
    table('model.embeddings.tok_embeddings.weight', 'input.table'),
    ...norm('model.embeddings.norm', 'embedding.norm', c.norm_bias),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
      return [
        ...(layer > 0 ? norm(`${from}.attn_norm`, `${to}.mixerNorm`, c.norm_bias) : []),
        ...stacked(`${from}.attn.Wqkv`, [`${to}.mixer.query`, `${to}.mixer.key`, `${to}.mixer.value`], {
          rows: c.hidden_size,
          bias: c.attention_bias,
        }),
        ...linear(`${from}.attn.Wo`, `${to}.mixer.output`, c.attention_bias),
        ...norm(`${from}.mlp_norm`, `${to}.channelNorm`, c.norm_bias),
        ...stacked(`${from}.mlp.Wi`, [`${to}.channel.gate`, `${to}.channel.up`], {
          rows: c.intermediate_size,
          bias: c.mlp_bias,
        }),
        ...linear(`${from}.mlp.Wo`, `${to}.channel.down`, c.mlp_bias),
      ]
    }),
    ...norm('model.final_norm', 'norm', c.norm_bias),
    ...linear('head.dense', 'transform.map', c.classifier_bias),
    ...norm('head.norm', 'transform.norm', c.norm_bias),
    ...(c.tie_word_embeddings ? [] : [matrix('decoder.weight', 'head.weight')]),
    ...(c.decoder_bias ? [same('decoder.bias', c.tie_word_embeddings ? 'headBias' : 'head.bias')] : []),
  ],
})

/** Linear maps whose outputs lie behind each other in one stored map. */
function stacked(name: string, paths: readonly string[], { rows, bias }: { rows: number; bias: boolean }) {
  return paths.flatMap((path, index) => linear(name, path, bias).map((entry) => ({ ...entry, from: index * rows })))
}
