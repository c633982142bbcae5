/** Qwen3: Llama with norms of queries and keys. */
import { z } from 'zod'
import { defineArchitecture, settings, traits } from '../architecture.js'
import { llamaIgnored, llamaModel, llamaSettings, llamaSettingsOf, llamaTensors } from './llama.js'
import { withoutWindow } from './qwen2.js'

export const qwen3 = defineArchitecture({
  id: 'qwen3',
  classes: ['Qwen3ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    attention_bias: z.boolean().default(false),
    ...withoutWindow,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => llamaModel(c, { bias: c.attention_bias, headNorm: 'rms' }),
  settingsOf: (model, context) => ({ ...llamaSettingsOf(model, context), attention_bias: traits(model).mixer.bias }),
  tensors: (c) => llamaTensors(c, { inputs: c.attention_bias, output: c.attention_bias, headNorms: true }),
})
