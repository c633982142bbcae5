/** DeBERTa v2 and v3: BERT with disentangled attention, in some models with a convolution beside the first layer. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  each,
  linear,
  neutral,
  norm,
  same,
  settings,
  table,
} from '../architecture.js'
import { bertHead, bertLayer, bertModel, bertSettings } from './bert.js'

const terms = z.enum(['c2p', 'p2c'])
const shape = settings({
  ...bertSettings,
  vocab_size: count.default(128100),
  hidden_size: count.default(1536),
  num_hidden_layers: count.default(24),
  num_attention_heads: count.default(24),
  intermediate_size: count.default(6144),
  type_vocab_size: z.int().nonnegative().default(0),
  layer_norm_eps: bertSettings.layer_norm_eps.default(1e-7),
  relative_attention: z.boolean().default(false),
  max_relative_positions: z.int().default(-1),
  position_buckets: z.int().default(-1),
  position_biased_input: z.boolean().default(true),
  pos_att_type: z.union([z.string(), z.array(terms)]).nullish(),
  share_att_key: z.boolean().default(false),
  norm_rel_ebd: z.enum(['none', 'layer_norm']).default('none'),
  attention_head_size: count.optional(),
  embedding_size: count.optional(),
  conv_kernel_size: z.int().nonnegative().default(0),
  conv_groups: count.default(1),
  conv_act: activation.default('tanh'),
  legacy: z.boolean().default(true),
  pooler_hidden_size: neutral,
  pooler_dropout: neutral,
  pooler_hidden_act: neutral,
})
type Settings = z.infer<typeof shape>

/** Widths that the original allows in parts only. */
function checkWidths(c: Settings): void {
  const {
    hidden_size: width,
    attention_head_size: size = width / c.num_attention_heads,
    embedding_size: narrow = width,
  } = c
  if (size * c.num_attention_heads !== width)
    throw new UserError(
      `attention_head_size: must be ${width / c.num_attention_heads}, hidden_size / heads, got ${size}`,
    )
  if (narrow !== width)
    throw new UserError(`embedding_size: only tables as wide as hidden_size, ${width}, can be read, got ${narrow}`)
}

function termsOf({ pos_att_type: given }: Settings): ReadonlySet<string> {
  const named = typeof given === 'string' ? given.split('|').map((name) => name.trim().toLowerCase()) : (given ?? [])
  const strange = named.find((name) => !terms.safeParse(name).success)
  if (strange !== undefined)
    throw new UserError(`pos_att_type: must name c2p and p2c alone, got ${JSON.stringify(strange)?.slice(0, 80)}`)
  return new Set(named)
}

/** Whether there is a table of distances that scores read. */
const isRelative = (c: Settings) => c.relative_attention && termsOf(c).size > 0

function attention(c: Settings) {
  const used = termsOf(c)
  // The original divides by the number of terms even where it has none of distances.
  if (!isRelative(c))
    return {
      id: 'softmax',
      rotary: false,
      causal: false,
      scale: ((1 + used.size) * c.hidden_size) ** -0.5 * Math.sqrt(c.num_attention_heads),
    }
  return {
    id: 'disentangled-attention',
    terms: used.size === 2 ? 'both' : used.has('c2p') ? 'content to position' : 'position to content',
    distance: c.max_relative_positions < 1 ? c.max_position_embeddings : c.max_relative_positions,
    buckets: c.position_buckets > 0 ? c.position_buckets : undefined,
    shared: c.share_att_key,
    tableNorm: c.norm_rel_ebd === 'layer_norm',
  }
}

export const debertaV2 = defineArchitecture({
  id: 'deberta-v2',
  classes: ['DebertaV2ForMaskedLM'],
  settings: shape,
  predicts: 'same token',
  // Beside the head's copies: a head of another training, and tables of positions that are in files of models without them.
  ignored:
    /^cls\.predictions\.(decoder\.|bias$)|^mask_predictions\.|^deberta\.embeddings\.position_(embeddings\.weight|ids)$|^deberta\.encoder\.(rel_embeddings|LayerNorm)\./,

  model(c) {
    checkWidths(c)
    const model = bertModel({ ...c, type_vocab_size: Math.max(c.type_vocab_size, 1) })
    return {
      ...model,
      heads: c.num_attention_heads,
      embedding: { ...model.embedding, types: c.type_vocab_size > 0 ? c.type_vocab_size : undefined },
      positions: c.position_biased_input ? 'learned' : 'none',
      mixers: [attention(c)],
      beside:
        c.conv_kernel_size > 0
          ? {
              id: 'sentence-conv',
              taps: c.conv_kernel_size,
              groups: c.conv_groups,
              activation: activationOf(c.conv_act),
            }
          : undefined,
      head: c.legacy ? model.head : { ...model.head, tied: true },
    }
  },

  tensors: (c, names) => [
    table('deberta.embeddings.word_embeddings.weight', 'input.table'),
    ...(c.position_biased_input ? [table('deberta.embeddings.position_embeddings.weight', 'positions.table')] : []),
    ...(c.type_vocab_size > 0 ? [table('deberta.embeddings.token_type_embeddings.weight', 'embedding.types')] : []),
    ...norm('deberta.embeddings.LayerNorm', 'embedding.norm', true),
    ...each(c.num_hidden_layers, (layer) => layerTensors(c, `deberta.encoder.layer.${layer}`, `blocks.${layer}`)),
    ...(c.conv_kernel_size > 0
      ? [
          {
            name: 'deberta.encoder.conv.conv.weight',
            path: 'beside.mixer.kernel',
            axes: '(g o) i k -> g (k i) o',
            sizes: { g: c.conv_groups, i: c.hidden_size / c.conv_groups },
          },
          same('deberta.encoder.conv.conv.bias', 'beside.mixer.offset'),
          ...norm('deberta.encoder.conv.LayerNorm', 'beside.norm', true),
        ]
      : []),
    ...(c.legacy
      ? bertHead('cls.predictions', c, names)
      : [
          ...linear('lm_predictions.lm_head.dense', 'transform.map', true),
          ...norm('lm_predictions.lm_head.LayerNorm', 'transform.norm', true),
          same('lm_predictions.lm_head.bias', 'headBias'),
        ]),
  ],
})

function layerTensors(c: Settings, from: string, to: string): Entry[] {
  const named = bertLayer(from, to).map((entry) => ({
    ...entry,
    name: entry.name.replace(/\.self\.(query|key|value)\./, '.self.$1_proj.'),
  }))
  if (!isRelative(c)) return named
  const used = termsOf(c)
  const own = (term: string, name: string, path: string) =>
    used.has(term) && !c.share_att_key ? linear(`${from}.attention.self.${name}`, `${to}.mixer.${path}`, true) : []
  return [
    ...named,
    // The original has one table for all layers.
    table('deberta.encoder.rel_embeddings.weight', `${to}.mixer.table`),
    ...(c.norm_rel_ebd === 'layer_norm' ? norm('deberta.encoder.LayerNorm', `${to}.mixer.tableNorm`, true) : []),
    ...own('c2p', 'pos_key_proj', 'positionKey'),
    ...own('p2c', 'pos_query_proj', 'positionQuery'),
  ]
}
