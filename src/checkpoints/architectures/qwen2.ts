/** Qwen2: Llama with offsets of queries, keys and values. */
import { z } from 'zod'
import { defineArchitecture, neutral, settings } from '../architecture.js'
import {
  llamaAttentionTensors,
  llamaChannelTensors,
  llamaFrame,
  llamaIgnored,
  llamaModel,
  llamaNorms,
  llamaSettings,
  llamaSettingsOf,
} from './llama.js'

export const qwen2 = defineArchitecture({
  id: 'qwen2',
  classes: ['Qwen2ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    use_sliding_window: z.literal(false).optional(),
    sliding_window: neutral,
    max_window_layers: neutral,
    layer_types: z.array(z.literal('full_attention')).optional(),
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => llamaModel(c, { bias: true, offsets: 'inputs' }),
  settingsOf: llamaSettingsOf,
  tensors: (c) =>
    llamaFrame(c, (from, to) => [
      ...llamaNorms(from, to),
      ...llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`, { inputs: true }),
      ...llamaChannelTensors(`${from}.mlp`, `${to}.channel`),
    ]),
})
