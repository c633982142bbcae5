/**
 * Longformer: RoBERTa whose tokens see a window around them. Tokens that see everything are named by who calls the
 * original, call by call, and there are none by default; their maps are not read.
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { count, defineArchitecture, depth, each, neutral, settings } from '../architecture.js'
import { bertEmbeddings, bertLayer } from './bert.js'
import { robertaHead, robertaIgnored, robertaModel, robertaSettings } from './roberta.js'

const window = count.refine((size) => size % 2 === 0, 'must be even, half of it to each side')
const shape = settings({
  ...robertaSettings,
  vocab_size: count.default(30522),
  num_hidden_layers: depth.default(12),
  attention_window: z.union([window, z.array(window)]).default(512),
  onnx_export: neutral,
  // Read by none: of the model that the weights were begun from, and of early code.
  attention_mode: neutral,
  attention_dilation: neutral,
  autoregressive: neutral,
  ignore_attention_mask: neutral,
})

export const longformer = defineArchitecture({
  id: 'longformer',
  classes: ['LongformerForMaskedLM'],
  settings: shape,
  predicts: 'same token',
  ignored: new RegExp(`${robertaIgnored.source}|\\.(query|key|value)_global\\.`),
  model(c) {
    const { attention_window: given, num_hidden_layers: layers } = c
    const windows = typeof given === 'number' ? Array<number>(layers).fill(given) : given
    if (windows.length !== layers)
      throw new UserError(`attention_window: must name one window for each of ${layers} layers, got ${windows.length}`)
    return {
      ...robertaModel(c),
      mixers: windows.map((size) => ({ id: 'softmax', rotary: false, causal: false, window: size / 2 + 1 })),
    }
  },
  tensors: (c, names) => [
    ...bertEmbeddings('longformer.embeddings'),
    ...each(c.num_hidden_layers, (layer) => bertLayer(`longformer.encoder.layer.${layer}`, `blocks.${layer}`)),
    ...robertaHead(c, names),
  ],
})
