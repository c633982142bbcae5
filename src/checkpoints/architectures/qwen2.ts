/** Qwen2: Llama with offsets of queries, keys and values. */
import { z } from 'zod'
import { type ModelConfig, resolveLayers } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { count, defineArchitecture, settings } from '../architecture.js'
import {
  type LlamaSettings,
  llamaAttention,
  llamaIgnored,
  llamaModel,
  llamaSettings,
  llamaSettingsOf,
  llamaTensors,
} from './llama.js'

/** A window in some layers: those that layer_types names, or those from max_window_layers on. */
export const windowSettings = {
  use_sliding_window: z.boolean().default(false),
  sliding_window: count.nullable().default(4096),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
}
type Windows = z.infer<z.ZodObject<typeof windowSettings>> & { readonly num_hidden_layers: number }

/** The window of each layer. */
export function windowsOf(c: Windows): (number | undefined)[] {
  const { num_hidden_layers: count, layer_types: types } = c
  if (types && types.length !== count)
    throw new UserError(`config.json: layer_types must name ${count} layers, got ${types.length} – complete the list`)
  const window = (c.use_sliding_window && c.sliding_window) || undefined
  if (types?.includes('sliding_attention') && window === undefined)
    throw new UserError('config.json: layer_types has sliding_attention without a window – set use_sliding_window')
  return Array.from({ length: count }, (_, layer) =>
    (types ? types[layer] === 'sliding_attention' : layer >= c.max_window_layers) ? window : undefined,
  )
}

/** Settings of the windows of a model's layers. */
export function windowSettingsOf(model: ModelConfig) {
  const windows = resolveLayers(model).map(({ settings }) => (settings as { window?: number }).window)
  const window = windows.find((size) => size !== undefined)
  return {
    use_sliding_window: window !== undefined,
    sliding_window: window ?? null,
    max_window_layers: windows.length,
    layer_types: windows.map((size) => (size === undefined ? 'full_attention' : 'sliding_attention')),
  }
}

/** Llama's model with these windows. */
export const windowedModel = (c: LlamaSettings & Windows, mixer: object) => ({
  ...llamaModel(c),
  mixers: windowsOf(c).map((window) => llamaAttention(c, { ...mixer, window })),
})

export const qwen2 = defineArchitecture({
  id: 'qwen2',
  classes: ['Qwen2ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    num_key_value_heads: count.nullable().default(32),
    ...windowSettings,
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => windowedModel(c, { bias: true, offsets: 'inputs' }),
  settingsOf: (model, context) => ({ ...llamaSettingsOf(model, context), ...windowSettingsOf(model) }),
  tensors: (c) => llamaTensors(c, { inputs: true }),
})
