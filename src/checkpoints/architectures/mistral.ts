/** Mistral: Llama with a sliding window. */
import { count, defineArchitecture, settings, traits } from '../architecture.js'
import { groupedSettings, llamaIgnored, llamaModel, llamaSettings, llamaSettingsOf, llamaTensors } from './llama.js'

export const mistral = defineArchitecture({
  id: 'mistral',
  classes: ['MistralForCausalLM'],
  settings: settings({ ...llamaSettings, ...groupedSettings, sliding_window: count.nullable().default(4096) }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => llamaModel(c, { window: c.sliding_window ?? undefined }),
  settingsOf: (model, context) => ({
    ...llamaSettingsOf(model, context),
    sliding_window: traits(model).mixer.window ?? null,
  }),
  tensors: (c) => llamaTensors(c),
})
