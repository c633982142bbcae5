/** Falcon Mamba: Mamba with norms, without scales, of what makes steps, B and C. */
import { defineArchitecture, epsilon, neutral, settings } from '../architecture.js'
import { mambaLayers, mambaModel, mambaSettings } from './mamba.js'

export const falconMamba = defineArchitecture({
  id: 'falcon_mamba',
  classes: ['FalconMambaForCausalLM'],
  settings: settings({ ...mambaSettings, mixer_rms_eps: epsilon.default(1e-6), use_falcon_mambapy: neutral }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,
  model: (c) => mambaModel(c, { innerNorms: true, innerScales: false, innerEpsilon: c.mixer_rms_eps }),
  tensors: (c) => mambaLayers(c),
})
