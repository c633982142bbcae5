/** ALBERT: BERT whose layers share parameters in groups, with a narrow table of tokens. */
import { count, defineArchitecture, each, linear, neutral, norm, settings } from '../architecture.js'
import { bertEmbeddings, bertModel, bertSettings, decoder } from './bert.js'

export const albert = defineArchitecture({
  id: 'albert',
  classes: ['AlbertForMaskedLM', 'AlbertForPreTraining'],
  settings: settings({
    ...bertSettings,
    vocab_size: count.default(30000),
    hidden_size: count.default(4096),
    intermediate_size: count.default(16384),
    hidden_act: bertSettings.hidden_act.default('gelu_new'),
    embedding_size: count.default(128),
    num_attention_heads: count.default(64),
    num_hidden_groups: count.default(1),
    inner_group_num: count.default(1),
    down_scale_factor: neutral,
    gap_size: neutral,
    net_structure_type: neutral,
    num_memory_blocks: neutral,
  }),
  predicts: 'same token',
  ignored: /^albert\.pooler\.|^sop_classifier\.|^predictions\.(decoder\.|bias$)|\.position_ids$/,
  model(c) {
    const model = bertModel(c)
    return {
      ...model,
      heads: c.num_attention_heads,
      embedding: { ...model.embedding, width: c.embedding_size, project: true },
      head: { ...model.head, transformWidth: c.embedding_size },
      layers: c.num_hidden_layers * c.inner_group_num,
      distinct: c.num_hidden_groups * c.inner_group_num,
      together: c.inner_group_num,
      mixers: [{ id: 'softmax', rotary: false, causal: false }],
    }
  },
  tensors: (c, names) => [
    ...bertEmbeddings('albert.embeddings'),
    ...linear('albert.encoder.embedding_hidden_mapping_in', 'embedding.project', true),
    ...each(c.num_hidden_groups * c.inner_group_num, (block) => {
      const [group, inner] = [Math.floor(block / c.inner_group_num), block % c.inner_group_num]
      const [from, to] = [`albert.encoder.albert_layer_groups.${group}.albert_layers.${inner}`, `blocks.${block}`]
      return [
        ...linear(`${from}.attention.query`, `${to}.mixer.query`, true),
        ...linear(`${from}.attention.key`, `${to}.mixer.key`, true),
        ...linear(`${from}.attention.value`, `${to}.mixer.value`, true),
        ...linear(`${from}.attention.dense`, `${to}.mixer.output`, true),
        ...norm(`${from}.attention.LayerNorm`, `${to}.mixerNorm`, true),
        ...linear(`${from}.ffn`, `${to}.channel.up`, true),
        ...linear(`${from}.ffn_output`, `${to}.channel.down`, true),
        ...norm(`${from}.full_layer_layer_norm`, `${to}.channelNorm`, true),
      ]
    }),
    ...linear('predictions.dense', 'transform.map', true),
    ...norm('predictions.LayerNorm', 'transform.norm', true),
    ...decoder('predictions', c, names),
  ],
})
