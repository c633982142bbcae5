/** DeltaNet, as flash-linear-attention stores it: three convolutions in front, which are one here. */
import { z } from 'zod'
import {
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  linear,
  nameOfActivation,
  norm,
  on,
  settings,
  tapsTogether,
  traits,
} from '../architecture.js'
import { flaMaps, flaModel, flaSettings, flaSettingsOf, flaTensors } from './fla.js'

/** Settings of the delta rule there: convolutions, gates and the range of eigenvalues. */
export const deltaSettings = {
  use_gate: z.boolean(),
  use_short_conv: z.boolean().default(true),
  conv_size: count.default(4),
  allow_neg_eigval: z.boolean().default(false),
}
type Delta = z.infer<z.ZodObject<typeof deltaSettings>>

/** What they say of the mixer. A millionth is added to squared lengths. */
export const deltaMixer = (c: Delta) => ({
  outputGate: c.use_gate,
  convolution: c.use_short_conv ? c.conv_size : 1,
  eigenvalues: c.allow_neg_eigval ? '[-1,1]' : '[0,1]',
  unitEpsilon: 1e-3,
})

export const deltaSettingsOf = (mixer: Record<string, unknown>) => ({
  use_gate: mixer.outputGate,
  use_short_conv: mixer.convolution !== 1,
  conv_size: mixer.convolution,
  allow_neg_eigval: mixer.eigenvalues === '[-1,1]',
})

export function deltaTensors(from: string, to: string, c: Delta, keys: number, values: number): Entry[] {
  const maps = { q: 'query', k: 'key', v: 'value', b: 'beta', ...(c.use_gate ? { g: 'gate' } : {}) }
  const parts = [
    [`${from}.q_conv1d`, keys],
    [`${from}.k_conv1d`, keys],
    [`${from}.v_conv1d`, values],
  ] as const
  return [
    ...flaMaps(from, to, maps),
    ...(c.use_short_conv && c.conv_size > 1 ? tapsTogether(parts, `${to}.convolution`) : []),
    ...norm(`${from}.o_norm`, `${to}.norm`),
    ...linear(`${from}.o_proj`, `${to}.output`),
  ]
}

const activations = { silu: 'silu', relu: 'relu', identity: 'linear' } as const

export const deltaNet = defineArchitecture({
  id: 'delta_net',
  classes: ['DeltaNetForCausalLM'],
  settings: settings({
    ...flaSettings,
    ...deltaSettings,
    use_gate: z.boolean().default(false),
    num_heads: count.default(16),
    expand_k: z.number().positive().default(1),
    expand_v: z.number().positive().default(1),
    use_beta: on.optional(),
    use_output_norm: on.optional(),
    qk_norm: z.literal('l2').optional(),
    qk_activation: z.enum(['silu', 'relu', 'identity']).default('silu'),
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) =>
    flaModel(c, c.num_heads, [
      {
        id: 'delta-net',
        keyWidth: Math.trunc(c.hidden_size * c.expand_k) / c.num_heads,
        valueWidth: Math.trunc(c.hidden_size * c.expand_v) / c.num_heads,
        activation: activationOf(activations[c.qk_activation]),
        ...deltaMixer(c),
      },
    ]),

  settingsOf(model, context) {
    const { mixer } = traits(model)
    const ratio = (width = model.dim / mixer.heads) => (width * mixer.heads) / model.dim
    return {
      ...flaSettingsOf(model, context),
      ...deltaSettingsOf(mixer),
      num_heads: mixer.heads,
      expand_k: ratio(mixer.keyWidth),
      expand_v: ratio(mixer.valueWidth),
      qk_activation: mixer.activation === 'identity' ? 'identity' : nameOfActivation(mixer.activation),
    }
  },

  tensors: (c) =>
    flaTensors(c, (from, to) =>
      deltaTensors(from, to, c, Math.trunc(c.hidden_size * c.expand_k), Math.trunc(c.hidden_size * c.expand_v)),
    ),
})
