/** RoBERTa: BERT whose positions begin behind the row of padding, which takes none, and whose head has a fixed activation. */
import type { z } from 'zod'
import type { ModelConfigInput } from '../../models/index.js'
import { count, defineArchitecture, type Entry, each, linear, norm, off, settings } from '../architecture.js'
import { bertEmbeddings, bertLayer, bertModel, bertSettings, decoder } from './bert.js'

/** Settings that RoBERTa and its relatives have in common. */
export const robertaSettings = {
  ...bertSettings,
  vocab_size: count.default(50265),
  num_attention_heads: count.default(12),
  is_decoder: off.optional(),
  add_cross_attention: off.optional(),
}
type Settings = z.infer<ReturnType<typeof shape>>
const shape = () => settings(robertaSettings)

/** What all of them share. */
export function robertaModel(c: Settings): Omit<ModelConfigInput, 'mixers'> {
  const model = bertModel(c)
  const padding = c.pad_token_id ?? 1
  return {
    ...model,
    heads: c.num_attention_heads,
    embedding: { ...model.embedding, padding, unplaced: padding },
    firstPosition: padding + 1,
    head: { kind: 'token', tied: c.tie_word_embeddings, bias: true, transform: 'gelu' },
  }
}

export const robertaHead = (c: Settings, names: ReadonlySet<string>): Entry[] => [
  ...linear('lm_head.dense', 'transform.map', true),
  ...norm('lm_head.layer_norm', 'transform.norm', true),
  ...decoder('lm_head', c, names),
]
export const robertaIgnored = /\.pooler\.|^lm_head\.(decoder\.|bias$)|\.position_ids$/

export const roberta = defineArchitecture({
  id: 'roberta',
  classes: ['RobertaForMaskedLM'],
  settings: shape(),
  predicts: 'same token',
  ignored: robertaIgnored,
  model: (c) => ({ ...robertaModel(c), mixers: [{ id: 'softmax', rotary: false, causal: false }] }),
  tensors: (c, names) => [
    ...bertEmbeddings('roberta.embeddings'),
    ...each(c.num_hidden_layers, (layer) => bertLayer(`roberta.encoder.layer.${layer}`, `blocks.${layer}`)),
    ...robertaHead(c, names),
  ],
})
