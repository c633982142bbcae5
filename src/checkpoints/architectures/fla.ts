/** What the models of flash-linear-attention share: RMSNorm, a mixer and SwiGLU in each block, and their settings. */
import { z } from 'zod'
import type { ModelConfig, ModelConfigInput } from '../../models/index.js'
import {
  count,
  type Entry,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  off,
  paddingOf,
  table,
  traits,
} from '../architecture.js'

export const flaSettings = {
  vocab_size: count.default(32000),
  hidden_size: count.default(2048),
  hidden_ratio: z.number().positive().nullable().default(4),
  intermediate_size: count.nullish(),
  num_hidden_layers: count.default(24),
  hidden_act: z.literal('swish').default('swish'),
  norm_eps: epsilon.default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  // Layers of softmax attention among the others, sums over blocks, and a term in the gradient.
  attn: z.null().optional(),
  attnres_block_size: z.null().optional(),
  use_l2warp: off.optional(),
  attn_mode: neutral,
  max_position_embeddings: neutral,
  fuse_norm: neutral,
  fuse_swiglu: neutral,
  fuse_cross_entropy: neutral,
  fuse_linear_cross_entropy: neutral,
}
/** Convolutions in front of the mixer, which these have by default or not. */
export const withoutConvolution = { use_short_conv: off.optional(), conv_size: neutral, conv_bias: off.optional() }
export type FlaSettings = z.infer<z.ZodObject<typeof flaSettings>> & { readonly pad_token_id?: number | null }

export const flaModel = (c: FlaSettings, heads: number, mixers: ModelConfigInput['mixers']) =>
  ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: paddingOf(c),
    norm: 'rms',
    normEpsilon: c.norm_eps,
    bias: false,
    mixers,
    channel: { id: 'swiglu', width: c.intermediate_size ?? widthOf(c) },
    head: { kind: 'token', tied: c.tie_word_embeddings },
  }) satisfies ModelConfigInput

/** Two thirds of what is asked for, because there are three maps, rounded up. */
const widthOf = (c: FlaSettings) => 256 * Math.ceil(Math.trunc((c.hidden_size * (c.hidden_ratio ?? 4) * 2) / 3) / 256)

export function flaSettingsOf(model: ModelConfig, context: number) {
  const { channel, vocabulary, tied } = traits(model)
  return {
    vocab_size: vocabulary,
    hidden_size: model.dim,
    intermediate_size: channel?.width,
    num_hidden_layers: model.layers,
    norm_eps: model.normEpsilon,
    max_position_embeddings: context,
    tie_word_embeddings: tied,
  }
}

/** All tensors; `mixer` tells those of a layer's mixer. */
export const flaTensors = (c: FlaSettings, mixer: (from: string, to: string, layer: number) => Entry[]) => [
  table('model.embeddings.weight', 'input.table'),
  ...each(c.num_hidden_layers, (layer) => {
    const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
    return [
      ...norm(`${from}.attn_norm`, `${to}.mixerNorm`),
      ...mixer(`${from}.attn`, `${to}.mixer`, layer),
      ...norm(`${from}.mlp_norm`, `${to}.channelNorm`),
      ...linear(`${from}.mlp.gate_proj`, `${to}.channel.gate`),
      ...linear(`${from}.mlp.up_proj`, `${to}.channel.up`),
      ...linear(`${from}.mlp.down_proj`, `${to}.channel.down`),
    ]
  }),
  ...norm('model.norm', 'norm'),
  ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
]

/** The maps of a mixer by the letters that they have in the file. */
export const flaMaps = (from: string, to: string, maps: Readonly<Record<string, string>>) =>
  Object.entries(maps).flatMap(([letter, part]) => linear(`${from}.${letter}_proj`, `${to}.${part}`))

/** The norm of what is read, which is named after the gate where it is computed together with it. */
export function flaNorm(from: string, to: string, names: ReadonlySet<string>): Entry[] {
  const together = `${from}.g_norm_swish_gate`
  const alone = names.has(`${from}.g_norm.weight`)
  return norm(alone ? `${from}.g_norm` : together, `${to}.norm`)
}
