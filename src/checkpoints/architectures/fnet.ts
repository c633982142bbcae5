/** FNet: BERT with Fourier transforms in place of attention, and a map after the embedding. */
import { count, defineArchitecture, each, linear, neutral, norm, settings } from '../architecture.js'
import { bertChannel, bertEmbeddings, bertHead, bertModel, bertSettings } from './bert.js'

export const fnet = defineArchitecture({
  id: 'fnet',
  classes: ['FNetForMaskedLM', 'FNetForPreTraining'],
  settings: settings({
    ...bertSettings,
    vocab_size: count.default(32000),
    hidden_act: bertSettings.hidden_act.default('gelu_new'),
    type_vocab_size: count.default(4),
    // How the transform is computed, not what it is.
    use_tpu_fourier_optimizations: neutral,
    tpu_short_seq_length: neutral,
  }),
  predicts: 'same token',
  ignored: /^fnet\.pooler\.|^cls\.seq_relationship\.|^cls\.predictions\.(decoder\.|bias$)|\.position_ids$/,
  model(c) {
    const model = bertModel(c)
    return { ...model, heads: 1, embedding: { ...model.embedding, project: true }, mixers: [{ id: 'fnet' }] }
  },
  tensors: (c, names) => [
    ...bertEmbeddings('fnet.embeddings'),
    ...linear('fnet.embeddings.projection', 'embedding.project', true),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`fnet.encoder.layer.${layer}`, `blocks.${layer}`]
      return [...norm(`${from}.fourier.output.LayerNorm`, `${to}.mixerNorm`, true), ...bertChannel(from, to)]
    }),
    ...bertHead('cls.predictions', c, names),
  ],
})
