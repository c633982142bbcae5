/** Mamba: one selective state space a block, no channel mixer. */
import { z } from 'zod'
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

export const mamba = defineArchitecture({
  id: 'mamba',
  classes: ['MambaForCausalLM'],
  settings: settings({
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
    ...Object.fromEntries(
      ['time_step_scale', 'time_step_min', 'time_step_max', 'time_step_floor', 'time_step_init_scheme'].map((key) => [
        key,
        neutral,
      ]),
    ),
    use_mambapy: neutral,
    use_associative_scan: neutral,
    ...Object.fromEntries(
      ['d_model', 'd_inner', 'n_layer', 'ssm_cfg', 'rms_norm', 'fused_add_norm', 'pad_vocab_size_multiple'].map(
        (key) => [key, neutral],
      ),
    ),
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) => ({
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
      },
    ],
    channel: null,
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }),

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

  tensors: (c) => [
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
  ],
})

interface Widths {
  readonly hidden_size: number
  readonly expand: number
  readonly intermediate_size?: number
  readonly time_step_rank: number | 'auto'
}
const innerOf = (c: Widths) => c.intermediate_size ?? c.expand * c.hidden_size
const rankOf = (c: Widths) => (c.time_step_rank === 'auto' ? Math.ceil(c.hidden_size / 16) : c.time_step_rank)
