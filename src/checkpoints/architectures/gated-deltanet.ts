/** Gated DeltaNet, as flash-linear-attention stores it. */
import { z } from 'zod'
import { count, defineArchitecture, linear, same, settings, traits } from '../architecture.js'
import { deltaMixer, deltaSettings, deltaSettingsOf, deltaTensors } from './delta-net.js'
import { flaModel, flaSettings, flaSettingsOf, flaTensors } from './fla.js'

export const gatedDeltaNet = defineArchitecture({
  id: 'gated_deltanet',
  classes: ['GatedDeltaNetForCausalLM'],
  settings: settings({
    ...flaSettings,
    ...deltaSettings,
    use_gate: z.boolean().default(true),
    num_hidden_layers: count.default(21),
    head_dim: count.default(256),
    num_heads: count.default(6),
    num_v_heads: count.nullish(),
    expand_v: z.number().positive().default(2),
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) =>
    flaModel(c, c.num_v_heads ?? c.num_heads, [
      {
        id: 'gated-delta-net',
        keyHeads: c.num_heads,
        keyWidth: c.head_dim,
        valueWidth: c.head_dim * c.expand_v,
        ...deltaMixer(c),
      },
    ]),

  settingsOf(model, context) {
    const { mixer } = traits(model)
    const { heads, keyHeads = heads, keyWidth = (model.dim * mixer.keyRatio) / heads, valueWidth } = mixer
    return {
      ...flaSettingsOf(model, context),
      ...deltaSettingsOf(mixer),
      head_dim: keyWidth,
      num_heads: keyHeads,
      num_v_heads: heads,
      expand_v: valueWidth === undefined ? mixer.valueRatio : valueWidth / keyWidth,
    }
  },

  tensors: (c) =>
    flaTensors(c, (from, to) => [
      ...deltaTensors(from, to, c, c.num_heads * c.head_dim, (c.num_v_heads ?? c.num_heads) * c.head_dim * c.expand_v),
      ...linear(`${from}.a_proj`, `${to}.step`),
      same(`${from}.A_log`, `${to}.decay.logRate`),
      same(`${from}.dt_bias`, `${to}.decay.stepOffset`),
    ]),
})
