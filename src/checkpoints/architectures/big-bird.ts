/** BigBird: BERT with attention by blocks, or to everything. */
import { z } from 'zod'
import { count, defineArchitecture, each, off, settings } from '../architecture.js'
import { bertEmbeddings, bertHead, bertLayer, bertModel, bertSettings } from './bert.js'

export const bigBird = defineArchitecture({
  id: 'big_bird',
  classes: ['BigBirdForMaskedLM', 'BigBirdForPreTraining'],
  settings: settings({
    ...bertSettings,
    vocab_size: count.default(50358),
    num_attention_heads: count.default(12),
    hidden_act: bertSettings.hidden_act.default('gelu_new'),
    max_position_embeddings: count.default(4096),
    attention_type: z.enum(['block_sparse', 'original_full']).default('block_sparse'),
    use_bias: z.boolean().default(true),
    rescale_embeddings: z.boolean().default(false),
    block_size: count.default(64),
    num_random_blocks: z.int().nonnegative().default(3),
    is_decoder: off.optional(),
    add_cross_attention: off.optional(),
  }),
  predicts: 'same token',
  ignored: /^bert\.pooler\.|^cls\.seq_relationship\.|^cls\.predictions\.(decoder\.|bias$)|\.position_ids$/,
  model(c) {
    const model = bertModel(c)
    const offsets = c.use_bias ? 'all' : 'output'
    return {
      ...model,
      heads: c.num_attention_heads,
      embedding: { ...model.embedding, scale: c.rescale_embeddings ? Math.sqrt(c.hidden_size) : 1 },
      mixers: [
        c.attention_type === 'block_sparse'
          ? { id: 'big-bird', block: c.block_size, random: c.num_random_blocks, offsets }
          : { id: 'softmax', rotary: false, causal: false, offsets },
      ],
    }
  },
  tensors: (c, names) => [
    ...bertEmbeddings('bert.embeddings'),
    ...each(c.num_hidden_layers, (layer) => bertLayer(`bert.encoder.layer.${layer}`, `blocks.${layer}`, c.use_bias)),
    ...bertHead('cls.predictions', c, names),
  ],
})
