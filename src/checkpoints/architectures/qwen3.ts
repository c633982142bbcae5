/** Qwen3: Llama with norms of queries and keys. */
import { z } from 'zod'
import { defineArchitecture, neutral, norm, settings, traits } from '../architecture.js'
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

export const qwen3 = defineArchitecture({
  id: 'qwen3',
  classes: ['Qwen3ForCausalLM'],
  settings: settings({
    ...llamaSettings,
    attention_bias: z.boolean().default(false),
    use_sliding_window: z.literal(false).optional(),
    sliding_window: neutral,
    max_window_layers: neutral,
    layer_types: z.array(z.literal('full_attention')).optional(),
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model: (c) => llamaModel(c, { bias: c.attention_bias, headNorm: 'rms' }),
  settingsOf: (model, context) => ({ ...llamaSettingsOf(model, context), attention_bias: traits(model).mixer.bias }),
  tensors: (c) =>
    llamaFrame(c, (from, to) => [
      ...llamaNorms(from, to),
      ...llamaAttentionTensors(`${from}.self_attn`, `${to}.mixer`, {
        inputs: c.attention_bias,
        output: c.attention_bias,
      }),
      ...norm(`${from}.self_attn.q_norm`, `${to}.mixer.queryNorm`),
      ...norm(`${from}.self_attn.k_norm`, `${to}.mixer.keyNorm`),
      ...llamaChannelTensors(`${from}.mlp`, `${to}.channel`),
    ]),
})
