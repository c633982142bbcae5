/** Qwen3: Llama with norms of queries and keys. */
import { z } from 'zod'
import { count, defineArchitecture, settings, traits } from '../architecture.js'
import { llamaIgnored, llamaSettings, llamaSettingsOf, llamaTensors } from './llama.js'
import { windowedModel, windowSettings, windowSettingsOf } from './qwen2.js'

export const qwen3 = defineArchitecture({
  id: 'qwen3',
  classes: ['Qwen3ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    attention_bias: z.boolean().default(false),
    num_key_value_heads: count.nullable().default(32),
    head_dim: count.default(128),
    ...windowSettings,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => windowedModel(c, { bias: c.attention_bias, headNorm: 'rms' }),
  settingsOf: (model, context) => ({
    ...llamaSettingsOf(model, context),
    ...windowSettingsOf(model),
    attention_bias: traits(model).mixer.bias,
  }),
  tensors: (c) => llamaTensors(c, { inputs: c.attention_bias, output: c.attention_bias, headNorms: true }),
})
