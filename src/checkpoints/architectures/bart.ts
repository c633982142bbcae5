/** BART: an encoder and a decoder with norms after the sums, learned positions from the third row on, and offsets. */
import { z } from 'zod'
import { encoderDecoder, type ModelConfigInput } from '../../models/index.js'
import {
  activation,
  activationOf,
  count,
  defineArchitecture,
  each,
  linear,
  matrix,
  neutral,
  norm,
  off,
  on,
  paddingOf,
  settings,
  table,
} from '../architecture.js'
import { tablesOf } from './t5.js'

/** Rows of the table of positions before the first. */
const unusedRows = 2
/** Of the logits; absent where it is zero. */
const headOffset = 'final_logits_bias'
const shape = settings({
  is_encoder_decoder: on.default(true),
  is_decoder: off.optional(),
  add_cross_attention: off.optional(),
  vocab_size: count.default(50265),
  d_model: count.default(1024),
  max_position_embeddings: count.default(1024),
  encoder_layers: count.default(12),
  encoder_ffn_dim: count.default(4096),
  encoder_attention_heads: count.default(16),
  decoder_layers: count.default(12),
  decoder_ffn_dim: count.default(4096),
  decoder_attention_heads: count.default(16),
  activation_function: activation.default('gelu'),
  scale_embedding: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
  decoder_start_token_id: z.int().nonnegative().default(2),
  // Of early versions; other values made another model.
  normalize_before: off.optional(),
  normalize_embedding: on.optional(),
  add_final_layer_norm: off.optional(),
  add_bias_logits: off.optional(),
  static_position_embeddings: off.optional(),
  extra_pos_embeddings: z.literal(unusedRows).optional(),
  ...Object.fromEntries(
    [
      ...['num_hidden_layers', 'encoder_layerdrop', 'decoder_layerdrop', 'dropout', 'attention_dropout'],
      ...['activation_dropout', 'classifier_dropout', 'classif_dropout', 'init_std', 'output_past'],
      // How texts are written, not what the network computes.
      ...['forced_bos_token_id', 'forced_eos_token_id', 'force_bos_token_to_be_generated', 'num_beams', 'max_length'],
      ...['min_length', 'length_penalty', 'no_repeat_ngram_size', 'early_stopping'],
    ].map((key) => [key, neutral]),
  ),
})
type Settings = z.infer<typeof shape>

function tables({ tie_word_embeddings: mayTie }: Settings, names: ReadonlySet<string>) {
  const found = tablesOf(names, 'model.')
  return { ...found, head: 'lm_head.weight', tied: mayTie && found.tied }
}

const attention = ['q_proj', 'k_proj', 'v_proj', 'out_proj']
const maps = ['query', 'key', 'value', 'output']

function parts(c: Settings) {
  const part = (heads: number, width: number) => ({
    heads,
    frame: {
      dim: c.d_model,
      heads,
      input: { kind: 'tokens', vocabulary: c.vocab_size },
      embedding: {
        norm: true,
        scale: c.scale_embedding ? Math.sqrt(c.d_model) : 1,
        ...paddingOf({ ...c, pad_token_id: c.pad_token_id ?? 1 }),
      },
      positions: 'learned',
      firstPosition: unusedRows,
      maxPositions: c.max_position_embeddings + unusedRows,
      normPlace: 'after',
    } satisfies Partial<ModelConfigInput>,
    channel: { id: 'mlp', activation: activationOf(c.activation_function), width },
  })
  return {
    encoder: part(c.encoder_attention_heads, c.encoder_ffn_dim),
    decoder: part(c.decoder_attention_heads, c.decoder_ffn_dim),
  }
}

export const bart = defineArchitecture({
  id: 'bart',
  classes: ['BartForConditionalGeneration'],
  settings: shape,
  predicts: 'same token',
  // The shared table, where no part uses it.
  ignored: /^model\.shared\.weight$/,

  model(c, names) {
    const { encoder, decoder } = parts(c)
    const { shared, tied } = tables(c, names)
    return {
      network: encoderDecoder,
      config: {
        encoder: {
          ...encoder.frame,
          layers: c.encoder_layers,
          mixers: [{ id: 'softmax', rotary: false, causal: false }],
          channel: encoder.channel,
        },
        decoder: {
          ...decoder.frame,
          layers: 2 * c.decoder_layers,
          mixers: [{ id: 'softmax', rotary: false }, { id: 'cross-attention' }],
          channels: [null, decoder.channel],
          head: { kind: 'token', tied, bias: names.has(headOffset) },
        },
        shared,
        start: c.decoder_start_token_id,
      },
    }
  },

  tensors(c, names) {
    const mixer = (from: string, to: string) => [
      ...attention.flatMap((name, index) => linear(`${from}.${name}`, `${to}.mixer.${maps[index]}`, true)),
      ...norm(`${from}_layer_norm`, `${to}.mixerNorm`, true),
    ]
    const channel = (from: string, to: string) => [
      ...linear(`${from}.fc1`, `${to}.channel.up`, true),
      ...linear(`${from}.fc2`, `${to}.channel.down`, true),
      ...norm(`${from}.final_layer_norm`, `${to}.channelNorm`, true),
    ]
    const start = (part: string) => [
      table(`model.${part}.embed_positions.weight`, `${part}.positions.table`),
      ...norm(`model.${part}.layernorm_embedding`, `${part}.embedding.norm`, true),
    ]
    const { encoder, decoder, head, shared, tied } = tables(c, names)
    return [
      table(encoder, 'encoder.input.table'),
      ...start('encoder'),
      ...each(c.encoder_layers, (layer) => {
        const [from, to] = [`model.encoder.layers.${layer}`, `encoder.blocks.${layer}`]
        return [...mixer(`${from}.self_attn`, to), ...channel(from, to)]
      }),
      ...(shared ? [] : [table(decoder, 'decoder.input.table')]),
      ...start('decoder'),
      ...each(c.decoder_layers, (layer) => {
        const [from, self, cross] = [
          `model.decoder.layers.${layer}`,
          `decoder.blocks.${2 * layer}`,
          `decoder.blocks.${2 * layer + 1}`,
        ]
        return [...mixer(`${from}.self_attn`, self), ...mixer(`${from}.encoder_attn`, cross), ...channel(from, cross)]
      }),
      ...(tied ? [] : [matrix(head, 'decoder.head.weight')]),
      ...(names.has(headOffset)
        ? [{ name: headOffset, path: tied ? 'decoder.headBias' : 'decoder.head.bias', axes: '1 v -> v' }]
        : []),
    ]
  },
})
