/** Qwen2: Llama with offsets of queries, keys and values. */
import { z } from 'zod'
import { defineArchitecture, neutral, settings } from '../architecture.js'
import { llamaIgnored, llamaModel, llamaSettings, llamaSettingsOf, llamaTensors } from './llama.js'

/** Windows that are named and not used. */
export const withoutWindow = {
  use_sliding_window: z.literal(false).optional(),
  sliding_window: neutral,
  max_window_layers: neutral,
  layer_types: z.array(z.literal('full_attention')).optional(),
}

export const qwen2 = defineArchitecture({
  id: 'qwen2',
  classes: ['Qwen2ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...withoutWindow,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => llamaModel(c, { bias: true, offsets: 'inputs' }),
  settingsOf: llamaSettingsOf,
  tensors: (c) => llamaTensors(c, { inputs: true }),
})
