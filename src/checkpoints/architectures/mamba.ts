/** Mamba: one selective state space a block, no channel mixer. */
import { z } from 'zod'
import type { ModelConfigInput } from '../../models/index.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  type Entry,
  each,
  epsilon,
  linear,
  matrix,
  nameOfActivation,
  neutral,
  norm,
  same,
  settings,
  table,
  taps,
  traits,
} from '../architecture.js'

interface Sizes {
  readonly inner: number
  readonly rank: number
  readonly state: number
}

/** A selective state space; `from` is what its names begin with. */
export function mambaTensors(
  from: string,
  to: string,
  { inner, rank, state }: Sizes,
  { bias, convolution }: { bias: boolean; convolution: boolean },
): Entry[] {
  return [
    ...['input', 'gate'].flatMap((part, index) => [
      matrix(`${from}.in_proj.weight`, `${to}.${part}.weight`, { from: index * inner }),
      ...(bias ? [{ ...same(`${from}.in_proj.bias`, `${to}.${part}.bias`), from: index * inner }] : []),
    ]),
    ...taps(`${from}.conv1d`, `${to}.convolution`, convolution),
    matrix(`${from}.x_proj.weight`, `${to}.stepDown.weight`),
    matrix(`${from}.x_proj.weight`, `${to}.write.weight`, { from: rank }),
    matrix(`${from}.x_proj.weight`, `${to}.read.weight`, { from: rank + state }),
    matrix(`${from}.dt_proj.weight`, `${to}.stepUp`),
    same(`${from}.dt_proj.bias`, `${to}.stepOffset`),
    table(`${from}.A_log`, `${to}.logRate`),
    same(`${from}.D`, `${to}.skip`),
    ...linear(`${from}.out_proj`, `${to}.output`, bias),
  ]
}

/** Settings that Mamba and Falcon Mamba have in common. */
export const mambaSettings = {
  vocab_size: count.default(50280),
  hidden_size: count.default(768),
  state_size: count.default(16),
  num_hidden_layers: count.default(32),
  layer_norm_epsilon: epsilon.default(1e-5),
  expand: count.default(2),
  intermediate_size: count.optional(),
  conv_kernel: count.default(4),
  use_bias: z.boolean().default(false),
  use_conv_bias: z.boolean().default(true),
  hidden_act: activation.default('silu'),
  time_step_rank: z.union([count, z.literal('auto')]).default('auto'),
  tie_word_embeddings: z.boolean().default(true),
  residual_in_fp32: neutral,
  rescale_prenorm_residual: neutral,
  time_step_scale: neutral,
  time_step_min: neutral,
  time_step_max: neutral,
  time_step_floor: neutral,
  time_step_init_scheme: neutral,
  use_mambapy: neutral,
  use_associative_scan: neutral,
  d_model: neutral,
  d_inner: neutral,
  n_layer: neutral,
  ssm_cfg: neutral,
  rms_norm: neutral,
  fused_add_norm: neutral,
  pad_vocab_size_multiple: neutral,
}
export type MambaSettings = z.infer<ReturnType<typeof mambaOf>>
const mambaOf = () => settings(mambaSettings)

/** Their model; `mixer` says more. */
export const mambaModel = (c: MambaSettings, mixer: object = {}) =>
  ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: 1,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    norm: 'rms',
    normEpsilon: c.layer_norm_epsilon,
    bias: c.use_bias,
    mixers: [
      {
        id: 'mamba',
        expand: innerOf(c) / c.hidden_size,
        state: c.state_size,
        stepRank: rankOf(c),
        convolution: c.conv_kernel,
        convolutionOffset: c.use_conv_bias,
        activation: activationOf(c.hidden_act),
        ...mixer,
      },
    ],
    channel: null,
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }) satisfies ModelConfigInput

/** Their tensors. */
export const mambaLayers = (c: MambaSettings): Entry[] => [
  table('backbone.embeddings.weight', 'input.table'),
  ...each(c.num_hidden_layers, (layer) => {
    const [from, to] = [`backbone.layers.${layer}`, `blocks.${layer}`]
    const sizes = { inner: innerOf(c), rank: rankOf(c), state: c.state_size }
    return [
      ...norm(`${from}.norm`, `${to}.mixerNorm`),
      ...mambaTensors(`${from}.mixer`, `${to}.mixer`, sizes, { bias: c.use_bias, convolution: c.use_conv_bias }),
    ]
  }),
  ...norm('backbone.norm_f', 'norm'),
  ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
]

export const mamba = defineArchitecture({
  id: 'mamba',
  classes: ['MambaForCausalLM'],
  settings: mambaOf(),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) => mambaModel(c),

  settingsOf(model) {
    const { mixer, vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      hidden_size: model.dim,
      state_size: mixer.state,
      num_hidden_layers: model.layers,
      layer_norm_epsilon: model.normEpsilon,
      expand: Math.ceil(mixer.expand ?? 1),
      intermediate_size: Math.round(model.dim * (mixer.expand ?? 1)),
      conv_kernel: mixer.convolution,
      use_bias: mixer.bias,
      use_conv_bias: mixer.convolutionOffset,
      hidden_act: nameOfActivation(mixer.activation),
      time_step_rank: mixer.stepRank ?? Math.ceil(model.dim / 16),
      tie_word_embeddings: tied,
    }
  },

  tensors: mambaLayers,
})

interface Widths {
  readonly hidden_size: number
  readonly expand: number
  readonly intermediate_size?: number
  readonly time_step_rank: number | 'auto'
}
const innerOf = (c: Widths) => c.intermediate_size ?? c.expand * c.hidden_size
const rankOf = (c: Widths) => (c.time_step_rank === 'auto' ? Math.ceil(c.hidden_size / 16) : c.time_step_rank)
