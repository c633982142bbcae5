/** Gated linear attention, as flash-linear-attention stores it. */
import { z } from 'zod'
import { count, defineArchitecture, linear, neutral, settings, traits } from '../architecture.js'
import { flaMaps, flaModel, flaNorm, flaSettings, flaSettingsOf, flaTensors, withoutConvolution } from './fla.js'

/** Rank of the map that makes decays, and what their logarithms are divided by: fixed there. */
const [rank, temperature] = [16, 16]

export const gla = defineArchitecture({
  id: 'gla',
  classes: ['GLAForCausalLM'],
  settings: settings({
    ...flaSettings,
    ...withoutConvolution,
    num_heads: count.default(4),
    num_kv_heads: count.nullish(),
    expand_k: z.number().positive().default(0.5),
    expand_v: z.number().positive().default(1),
    feature_map: z.null().optional(),
    use_output_gate: z.boolean().default(true),
    elementwise_affine: z.boolean().default(true),
    clamp_min: z.number().negative().nullish(),
    use_gk: neutral,
    use_gv: neutral,
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) =>
    flaModel(c, c.num_heads, [
      {
        id: 'gla',
        keyRatio: c.expand_k,
        valueRatio: c.expand_v,
        keyHeads: c.num_kv_heads ?? undefined,
        outputGate: c.use_output_gate,
        normScale: c.elementwise_affine,
        leastLogDecay: c.clamp_min ?? undefined,
        gateRank: rank,
        temperature,
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
      elementwise_affine: mixer.normScale,
      clamp_min: mixer.leastLogDecay ?? null,
    }
  },

  tensors: (c, names) =>
    flaTensors(c, (from, to) => [
      ...flaMaps(from, to, { q: 'query', k: 'key', v: 'value', ...(c.use_output_gate ? { g: 'gate' } : {}) }),
      ...linear(`${from}.gk_proj.0`, `${to}.decayDown`),
      ...linear(`${from}.gk_proj.1`, `${to}.decayUp`, true),
      ...(c.elementwise_affine ? flaNorm(from, to, names) : []),
      ...linear(`${from}.o_proj`, `${to}.output`),
    ]),
})
