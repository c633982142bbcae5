/** BERT: attention both ways, norms after the sums, learned positions, kinds of text, a transform before the head. */
import { z } from 'zod'
import type { ModelConfigInput } from '../../models/index.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  off,
  paddingOf,
  same,
  settings,
  table,
} from '../architecture.js'

/** Settings that BERT and its relatives have in common. */
export const bertSettings = {
  vocab_size: count.default(30522),
  hidden_size: count.default(768),
  num_hidden_layers: count.default(12),
  intermediate_size: count.default(3072),
  hidden_act: activation.default('gelu'),
  max_position_embeddings: count.default(512),
  type_vocab_size: count.default(2),
  layer_norm_eps: epsilon.default(1e-12),
  tie_word_embeddings: z.boolean().default(true),
  position_embedding_type: z.literal('absolute').optional(),
  hidden_dropout_prob: neutral,
  attention_probs_dropout_prob: neutral,
  classifier_dropout: neutral,
  classifier_dropout_prob: neutral,
}
type Settings = z.infer<ReturnType<typeof shape>>
const shape = () => settings(bertSettings)

/** What all of them share. */
export const bertModel = (c: Settings) =>
  ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: { types: c.type_vocab_size, norm: true, ...paddingOf(c) },
    positions: 'learned',
    maxPositions: c.max_position_embeddings,
    normEpsilon: c.layer_norm_eps,
    normPlace: 'after',
    channel: { id: 'mlp', activation: activationOf(c.hidden_act), width: c.intermediate_size },
    head: { kind: 'token', tied: c.tie_word_embeddings, bias: true, transform: activationOf(c.hidden_act) },
  }) satisfies Omit<ModelConfigInput, 'mixers'>

export const bertEmbeddings = (from: string): Entry[] => [
  table(`${from}.word_embeddings.weight`, 'input.table'),
  table(`${from}.position_embeddings.weight`, 'positions.table'),
  table(`${from}.token_type_embeddings.weight`, 'embedding.types'),
  ...norm(`${from}.LayerNorm`, 'embedding.norm', true),
]

/** One layer; `inputs` says whether queries, keys and values have offsets. */
export const bertLayer = (from: string, to: string, inputs = true): Entry[] => [
  ...linear(`${from}.attention.self.query`, `${to}.mixer.query`, inputs),
  ...linear(`${from}.attention.self.key`, `${to}.mixer.key`, inputs),
  ...linear(`${from}.attention.self.value`, `${to}.mixer.value`, inputs),
  ...linear(`${from}.attention.output.dense`, `${to}.mixer.output`, true),
  ...norm(`${from}.attention.output.LayerNorm`, `${to}.mixerNorm`, true),
  ...bertChannel(from, to),
]

export const bertChannel = (from: string, to: string): Entry[] => [
  ...linear(`${from}.intermediate.dense`, `${to}.channel.up`, true),
  ...linear(`${from}.output.dense`, `${to}.channel.down`, true),
  ...norm(`${from}.output.LayerNorm`, `${to}.channelNorm`, true),
]

/** The head behind its transform. */
export const bertHead = (from: string, c: Tied, names: ReadonlySet<string>): Entry[] => [
  ...linear(`${from}.transform.dense`, 'transform.map', true),
  ...norm(`${from}.transform.LayerNorm`, 'transform.norm', true),
  ...decoder(from, c, names),
]

type Tied = Pick<Settings, 'tie_word_embeddings'>
/** The head's weight and offset; both lie in a map of their own where they are not tied. */
export function decoder(from: string, { tie_word_embeddings: tied }: Tied, names: ReadonlySet<string>): Entry[] {
  if (tied) return [same(`${from}.bias`, 'headBias')]
  const own = `${from}.decoder.bias`
  return [matrix(`${from}.decoder.weight`, 'head.weight'), same(names.has(own) ? own : `${from}.bias`, 'head.bias')]
}

export const bert = defineArchitecture({
  id: 'bert',
  classes: ['BertForMaskedLM', 'BertForPreTraining'],
  settings: settings({
    ...bertSettings,
    num_attention_heads: count.default(12),
    is_decoder: off.optional(),
    add_cross_attention: off.optional(),
    ...Object.fromEntries(
      [
        'directionality',
        'pooler_fc_size',
        'pooler_num_attention_heads',
        'pooler_num_fc_layers',
        'pooler_size_per_head',
      ].map((key) => [key, neutral]),
    ),
    pooler_type: neutral,
  }),
  predicts: 'same token',
  ignored: /^bert\.pooler\.|^cls\.seq_relationship\.|^cls\.predictions\.(decoder\.|bias$)|\.position_ids$/,
  model: (c) => ({
    ...bertModel(c),
    heads: c.num_attention_heads,
    mixers: [{ id: 'softmax', rotary: false, causal: false }],
  }),
  tensors: (c, names) => [
    ...bertEmbeddings('bert.embeddings'),
    ...each(c.num_hidden_layers, (layer) => bertLayer(`bert.encoder.layer.${layer}`, `blocks.${layer}`)),
    ...bertHead('cls.predictions', c, names),
  ],
})
