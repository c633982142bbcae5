/** RetNet, as flash-linear-attention stores it: an RMSNorm of what each head reads. */
import { z } from 'zod'
import { count, defineArchitecture, linear, settings, traits } from '../architecture.js'
import { flaMaps, flaModel, flaNorm, flaSettings, flaSettingsOf, flaTensors, withoutConvolution } from './fla.js'

export const retnet = defineArchitecture({
  id: 'retnet',
  classes: ['RetNetForCausalLM'],
  settings: settings({
    ...flaSettings,
    ...withoutConvolution,
    hidden_ratio: z.number().positive().nullable().default(2),
    num_heads: count.default(8),
    num_kv_heads: count.nullish(),
    expand_k: z.number().positive().default(1),
    expand_v: z.number().positive().default(2),
    feature_map: z.null().optional(),
    use_output_gate: z.boolean().default(true),
    elementwise_affine: z.boolean().default(true),
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$|\.rotary\.inv_freq$/,

  model: (c) =>
    flaModel(c, c.num_heads, [
      {
        id: 'retnet',
        keyRatio: c.expand_k,
        valueRatio: c.expand_v,
        keyHeads: c.num_kv_heads ?? undefined,
        norm: c.elementwise_affine ? 'rms' : 'rms-plain',
        outputGate: c.use_output_gate,
      },
    ]),

  settingsOf(model, context) {
    const { mixer } = traits(model)
    return {
      ...flaSettingsOf(model, context),
      num_heads: mixer.heads,
      num_kv_heads: mixer.keyHeads ?? null,
      expand_k: mixer.keyRatio,
      expand_v: mixer.valueRatio,
      use_output_gate: mixer.outputGate,
      elementwise_affine: mixer.norm === 'rms',
    }
  },

  tensors: (c, names) =>
    flaTensors(c, (from, to) => [
      ...flaMaps(from, to, { q: 'query', k: 'key', v: 'value', ...(c.use_output_gate ? { g: 'gate' } : {}) }),
      ...(c.elementwise_affine ? flaNorm(from, to, names) : []),
      ...linear(`${from}.o_proj`, `${to}.output`),
    ]),
})
