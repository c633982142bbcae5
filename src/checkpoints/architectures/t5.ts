/** T5: an encoder and a decoder with RMSNorm and no offsets, whose attention has learned biases of distances and no factor. */
import { z } from 'zod'
import { encoderDecoder, type ModelConfigInput } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  off,
  settings,
  table,
} from '../architecture.js'

const gatedPrefix = 'gated-'
const shape = settings({
  is_encoder_decoder: z.literal(true).default(true),
  is_decoder: off.optional(),
  vocab_size: count.default(32128),
  d_model: count.default(512),
  d_kv: count.default(64),
  d_ff: count.default(2048),
  num_layers: count.default(6),
  num_decoder_layers: count.nullish(),
  num_heads: count.default(8),
  relative_attention_num_buckets: count.default(32),
  relative_attention_max_distance: count.default(128),
  layer_norm_epsilon: epsilon.default(1e-6),
  feed_forward_proj: z.string().default('relu'),
  // Both follow from feed_forward_proj, in the original, too.
  dense_act_fn: neutral,
  is_gated_act: neutral,
  tie_word_embeddings: z.boolean().default(true),
  scale_decoder_outputs: z.boolean().optional(),
  decoder_start_token_id: z.int().nonnegative().default(0),
  n_positions: neutral,
  dropout_rate: neutral,
  classifier_dropout: neutral,
  initializer_factor: neutral,
  output_past: neutral,
})
type Settings = z.infer<typeof shape>

const decoderLayers = (c: Settings) => c.num_decoder_layers ?? c.num_layers

/** The activation, and whether it gates a second map: `relu`, `gated-silu`. The original has a tangent in `gated-gelu`. */
function channelOf({ feed_forward_proj: name, d_ff: width }: Settings) {
  const gated = name.startsWith(gatedPrefix)
  const bare = gated ? name.slice(gatedPrefix.length) : name
  const parsed = activation.safeParse(name === 'gated-gelu' ? 'gelu_new' : bare)
  if (!parsed.success)
    throw new UserError(`feed_forward_proj: ${JSON.stringify(name.slice(0, 40))} is not known – convert the model`)
  return { id: gated ? 'swiglu' : 'mlp', activation: activationOf(parsed.data), width }
}

function stack(c: Settings) {
  const scores = { headWidth: c.d_kv, scale: 1 }
  const self = {
    id: 'softmax',
    ...scores,
    rotary: false,
    relativeBuckets: c.relative_attention_num_buckets,
    relativeDistance: c.relative_attention_max_distance,
  }
  const frame = {
    dim: c.d_model,
    heads: c.num_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    norm: 'rms',
    normEpsilon: c.layer_norm_epsilon,
    bias: false,
  } satisfies Partial<ModelConfigInput>
  return { scores, self, frame }
}

/** Where the table of each part and the head lie: in tensors of their own where the file has them, else in the shared one. */
export function tablesOf(names: ReadonlySet<string>, prefix = '') {
  const of = (name: string) => (names.has(name) ? name : `${prefix}shared.weight`)
  const found = {
    encoder: of(`${prefix}encoder.embed_tokens.weight`),
    decoder: of(`${prefix}decoder.embed_tokens.weight`),
  }
  const head = of('lm_head.weight')
  return { ...found, head, shared: found.encoder === found.decoder, tied: found.decoder === head }
}

export const t5 = defineArchitecture({
  id: 't5',
  classes: ['T5ForConditionalGeneration'],
  settings: shape,
  predicts: 'same token',
  // What early versions wrote and none reads, and the shared table where no part uses it.
  ignored: /^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$|^shared\.weight$/,

  model(c, names) {
    const { scores, self, frame } = stack(c)
    const channel = channelOf(c)
    const { shared, tied } = tablesOf(names)
    const scaled = c.scale_decoder_outputs ?? c.tie_word_embeddings
    return {
      network: encoderDecoder,
      config: {
        encoder: { ...frame, layers: c.num_layers, mixers: [{ ...self, causal: false }], channel },
        decoder: {
          ...frame,
          layers: 2 * decoderLayers(c),
          mixers: [self, { id: 'cross-attention', ...scores }],
          channels: [null, channel],
          head: { kind: 'token', tied, scale: scaled ? c.d_model ** -0.5 : undefined },
        },
        shared,
        start: c.decoder_start_token_id,
      },
    }
  },

  tensors(c, names) {
    const gated = channelOf(c).id === 'swiglu'
    const attention = (from: string, to: string) =>
      [...'qkvo'].flatMap((name, index) => linear(`${from}.${name}`, `${to}.${attentionMaps[index]}`))
    const self = (part: string, layer: number, block: number) => [
      ...norm(`${part}.block.${layer}.layer.0.layer_norm`, `${part}.blocks.${block}.mixerNorm`),
      ...attention(`${part}.block.${layer}.layer.0.SelfAttention`, `${part}.blocks.${block}.mixer`),
      // The original has one table for all layers of a part.
      table(
        `${part}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`,
        `${part}.blocks.${block}.mixer.relative`,
      ),
    ]
    const channel = (part: string, from: string, block: number) => [
      ...norm(`${from}.layer_norm`, `${part}.blocks.${block}.channelNorm`),
      ...(gated
        ? [
            ...linear(`${from}.DenseReluDense.wi_0`, `${part}.blocks.${block}.channel.gate`),
            ...linear(`${from}.DenseReluDense.wi_1`, `${part}.blocks.${block}.channel.up`),
          ]
        : linear(`${from}.DenseReluDense.wi`, `${part}.blocks.${block}.channel.up`)),
      ...linear(`${from}.DenseReluDense.wo`, `${part}.blocks.${block}.channel.down`),
    ]
    const tables = tablesOf(names)
    return [
      table(tables.encoder, 'encoder.input.table'),
      ...each(c.num_layers, (layer) => [
        ...self('encoder', layer, layer),
        ...channel('encoder', `encoder.block.${layer}.layer.1`, layer),
      ]),
      ...norm('encoder.final_layer_norm', 'encoder.norm'),
      ...(tables.shared ? [] : [table(tables.decoder, 'decoder.input.table')]),
      ...each(decoderLayers(c), (layer) => [
        ...self('decoder', layer, 2 * layer),
        ...norm(`decoder.block.${layer}.layer.1.layer_norm`, `decoder.blocks.${2 * layer + 1}.mixerNorm`),
        ...attention(`decoder.block.${layer}.layer.1.EncDecAttention`, `decoder.blocks.${2 * layer + 1}.mixer`),
        ...channel('decoder', `decoder.block.${layer}.layer.2`, 2 * layer + 1),
      ]),
      ...norm('decoder.final_layer_norm', 'decoder.norm'),
      ...(tables.tied ? [] : [matrix(tables.head, 'decoder.head.weight')]),
    ]
  },
})

const attentionMaps = ['query', 'key', 'value', 'output']
