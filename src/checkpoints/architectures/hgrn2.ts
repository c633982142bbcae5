/** HGRN2, as flash-linear-attention stores it: bounds of all layers are one table. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { count, defineArchitecture, settings, table } from '../architecture.js'
import { flaMaps, flaModel, flaSettings, flaTensors, withoutConvolution } from './fla.js'

export const hgrn2 = defineArchitecture({
  id: 'hgrn2',
  classes: ['HGRN2ForCausalLM'],
  settings: settings({
    ...flaSettings,
    ...withoutConvolution,
    num_heads: count.nullish(),
    expand_ratio: count.nullable().default(128),
    use_lower_bound: z.boolean().default(true),
    elementwise_affine: z.boolean().default(true),
  }),
  predicts: 'next token',
  // A table of one layer bounds nothing.
  ignored: /^lm_head\.weight$|^model\.lower_bounds$/,

  model(c) {
    const { heads, width } = headsOf(c)
    const mixer = {
      id: 'hgrn2',
      keyWidth: width,
      scale: width ** -0.5,
      normScale: c.elementwise_affine,
    }
    return flaModel(
      c,
      heads,
      Array.from({ length: c.num_hidden_layers }, (_, layer) =>
        c.use_lower_bound ? { ...mixer, layers: c.num_hidden_layers, layer } : { ...mixer, lowerBound: 0 },
      ),
    )
  },

  tensors: (c) =>
    flaTensors(c, (from, to, layer) => [
      ...flaMaps(from, to, { q: 'query', f: 'forget', i: 'value', o: 'output' }),
      ...(c.use_lower_bound && layer > 0 ? [table('model.lower_bounds', `${to}.bound`)] : []),
      ...(c.elementwise_affine ? [{ name: `${from}.g_norm.weight`, path: `${to}.norm.scale`, axes: 'a -> a' }] : []),
    ]),
})

/** Heads and the features of their keys; of both settings that say so the width counts. */
function headsOf(c: { num_heads?: number | null; expand_ratio: number | null; hidden_size: number }) {
  if (c.expand_ratio !== null) return { heads: Math.floor(c.hidden_size / c.expand_ratio), width: c.expand_ratio }
  if (c.num_heads) return { heads: c.num_heads, width: Math.floor(c.hidden_size / c.num_heads) }
  throw new UserError('config.json: one of expand_ratio and num_heads must be given')
}
