/** Nyströmformer: BERT with attention through landmarks and a convolution, and positions from the third row on. */
import { count, defineArchitecture, each, off, settings } from '../architecture.js'
import { bertEmbeddings, bertHead, bertLayer, bertModel, bertSettings } from './bert.js'

/** Rows of the table of positions before the first. */
const unusedRows = 2

export const nystromformer = defineArchitecture({
  id: 'nystromformer',
  classes: ['NystromformerForMaskedLM'],
  settings: settings({
    ...bertSettings,
    vocab_size: count.default(30000),
    num_attention_heads: count.default(12),
    hidden_act: bertSettings.hidden_act.default('gelu_new'),
    layer_norm_eps: bertSettings.layer_norm_eps.default(1e-5),
    max_position_embeddings: count.default(510),
    segment_means_seq_len: count.default(64),
    num_landmarks: count.default(64),
    conv_kernel_size: count.default(65),
    // The original fails where it is true.
    inv_coeff_init_option: off.optional(),
    add_cross_attention: off.optional(),
  }),
  predicts: 'same token',
  ignored: /^cls\.predictions\.(decoder\.|bias$)|\.position_ids$/,
  model: (c) => ({
    ...bertModel(c),
    heads: c.num_attention_heads,
    firstPosition: unusedRows,
    maxPositions: c.max_position_embeddings + unusedRows,
    mixers: [
      {
        id: 'nystromformer',
        landmarks: c.num_landmarks,
        // Whether every token is its own landmark is told from the settings, whatever the length.
        exact: c.num_landmarks === c.segment_means_seq_len,
        begin: 'batch',
        taps: c.conv_kernel_size,
      },
    ],
  }),
  tensors: (c, names) => [
    ...bertEmbeddings('nystromformer.embeddings'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`nystromformer.encoder.layer.${layer}`, `blocks.${layer}`]
      const kernel = { name: `${from}.attention.self.conv.weight`, path: `${to}.mixer.kernel`, axes: 'h 1 k 1 -> k h' }
      return [...bertLayer(from, to), kernel]
    }),
    ...bertHead('cls.predictions', c, names),
  ],
})
