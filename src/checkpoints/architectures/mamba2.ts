/** Mamba-2: one state space with a decay a head in each block, no channel mixer. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
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

const bound = z.union([
  z.number().nonnegative(),
  z.strictObject({ __float__: z.literal('Infinity') }).transform(() => Number.POSITIVE_INFINITY),
])
/** The least and the largest step, after softplus. */
export const stepLimit = z.tuple([z.number().nonnegative(), bound]).nullish()
export const stepLimitsOf = (limit: z.infer<typeof stepLimit>) => ({
  leastStep: limit?.[0] ?? 0,
  mostStep: limit && Number.isFinite(limit[1]) ? limit[1] : undefined,
})

interface Sizes {
  readonly inner: number
  /** Of B and of C, over all groups. */
  readonly shared: number
}

/** The tensors of such a state space: gate, x, B, C and steps are rows of one matrix. */
export function mamba2Tensors(
  from: string,
  to: string,
  { inner, shared }: Sizes,
  { bias, convolution }: { bias: boolean; convolution: boolean },
): Entry[] {
  const parts = [
    ['gate', 0],
    ['value', inner],
    ['key', 2 * inner],
    ['query', 2 * inner + shared],
    ['step', 2 * inner + 2 * shared],
  ] as const
  return [
    ...parts.flatMap(([part, row]) => [
      matrix(`${from}.in_proj.weight`, `${to}.${part}.weight`, { from: row }),
      ...(bias ? [{ ...same(`${from}.in_proj.bias`, `${to}.${part}.bias`), from: row }] : []),
    ]),
    ...taps(`${from}.conv1d`, `${to}.convolution`, convolution),
    same(`${from}.dt_bias`, `${to}.stepOffset`),
    same(`${from}.A_log`, `${to}.logRate`),
    same(`${from}.D`, `${to}.skip`),
    ...norm(`${from}.norm`, `${to}.norm`),
    ...linear(`${from}.out_proj`, `${to}.output`, bias),
  ]
}

export const mamba2 = defineArchitecture({
  id: 'mamba2',
  classes: ['Mamba2ForCausalLM'],
  settings: settings({
    vocab_size: count.default(32768),
    hidden_size: count.default(4096),
    num_hidden_layers: count.default(64),
    num_heads: count.default(128),
    head_dim: count.optional(),
    state_size: count.default(128),
    n_groups: count.default(8),
    expand: count.default(2),
    conv_kernel: count.default(4),
    use_bias: z.boolean().default(false),
    use_conv_bias: z.boolean().default(true),
    hidden_act: activation.default('silu'),
    layer_norm_epsilon: epsilon.default(1e-5),
    time_step_limit: stepLimit,
    tie_word_embeddings: z.boolean().default(false),
    // The norm always stands behind the gate, whatever this says.
    norm_before_gate: neutral,
    rms_norm: neutral,
    // Tokens of a chunk: how it is computed.
    chunk_size: neutral,
    residual_in_fp32: neutral,
    rescale_prenorm_residual: neutral,
    time_step_rank: neutral,
    time_step_min: neutral,
    time_step_max: neutral,
    time_step_floor: neutral,
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model: (c) => {
    const inner = c.expand * c.hidden_size
    if (c.head_dim !== undefined && c.head_dim * c.num_heads !== inner)
      throw new UserError(
        `config.json: head_dim must be ${inner} / ${c.num_heads} by expand, hidden_size and num_heads, got ${c.head_dim}`,
      )
    return {
      dim: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_heads,
      input: { kind: 'tokens', vocabulary: c.vocab_size },
      norm: 'rms',
      normEpsilon: c.layer_norm_epsilon,
      bias: c.use_bias,
      mixers: [
        {
          id: 'mamba2',
          expand: c.expand,
          state: c.state_size,
          groups: c.n_groups,
          convolution: c.conv_kernel,
          convolutionOffset: c.use_conv_bias,
          activation: activationOf(c.hidden_act),
          ...stepLimitsOf(c.time_step_limit),
        },
      ],
      channel: null,
      head: { kind: 'token', tied: c.tie_word_embeddings },
    }
  },

  settingsOf(model) {
    const { mixer, vocabulary, tied } = traits(model)
    return {
      vocab_size: vocabulary,
      hidden_size: model.dim,
      num_hidden_layers: model.layers,
      num_heads: mixer.heads,
      head_dim: (model.dim * (mixer.expand ?? 1)) / mixer.heads,
      state_size: mixer.state,
      n_groups: mixer.groups,
      expand: mixer.expand,
      conv_kernel: mixer.convolution,
      use_bias: mixer.bias,
      use_conv_bias: mixer.convolutionOffset,
      hidden_act: nameOfActivation(mixer.activation),
      layer_norm_epsilon: model.normEpsilon,
      time_step_limit: [mixer.leastStep, mixer.mostStep ?? { __float__: 'Infinity' }],
      tie_word_embeddings: tied,
    }
  },

  tensors: (c) => [
    table('backbone.embeddings.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`backbone.layers.${layer}`, `blocks.${layer}`]
      const sizes = { inner: c.expand * c.hidden_size, shared: c.n_groups * c.state_size }
      return [
        ...norm(`${from}.norm`, `${to}.mixerNorm`),
        ...mamba2Tensors(`${from}.mixer`, `${to}.mixer`, sizes, { bias: c.use_bias, convolution: c.use_conv_bias }),
      ]
    }),
    ...norm('backbone.norm_f', 'norm'),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})
