/** RecurrentGemma: RG-LRU blocks and attention to a window in turn, a scaled embedding, and logits held by tanh. */
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
  neutral,
  norm,
  paddingOf,
  same,
  settings,
  table,
  taps,
} from '../architecture.js'
import { partialRope, rotaryOf } from '../rope.js'
import { headWidthOf } from './llama.js'

interface Settings {
  readonly hidden_size: number
  readonly lru_width?: number | null
  readonly num_attention_heads: number
  readonly attention_bias: boolean
  readonly block_types: readonly ('recurrent' | 'attention')[]
  readonly num_hidden_layers: number
}

export const recurrentGemma = defineArchitecture({
  id: 'recurrent_gemma',
  classes: ['RecurrentGemmaForCausalLM'],
  settings: settings({
    vocab_size: count.default(256000),
    hidden_size: count.default(2560),
    intermediate_size: count.default(3 * 2560),
    num_hidden_layers: count.default(26),
    num_attention_heads: count.default(10),
    num_key_value_heads: count.nullish(),
    head_dim: count.nullish(),
    lru_width: count.nullish(),
    attention_window_size: count.default(2048),
    conv1d_width: count.default(4),
    logits_soft_cap: z.number().positive().default(30),
    rms_norm_eps: epsilon.default(1e-6),
    hidden_activation: activation.default('gelu_pytorch_tanh'),
    attention_bias: z.boolean().default(false),
    attention_dropout: neutral,
    block_types: z
      .array(z.enum(['recurrent', 'attention']))
      .min(1)
      .default(['recurrent', 'recurrent', 'attention']),
    _block_types: neutral,
    final_w_init_variance_scale: neutral,
    w_init_variance_scale: neutral,
    tie_word_embeddings: z.boolean().default(true),
    ...partialRope,
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$|\.rotary_emb\.inv_freq$|^model\.normalizer$/,

  model: (c) => ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    embedding: { scale: toBfloat16(Math.sqrt(c.hidden_size)), ...paddingOf(c) },
    norm: 'rms-offset',
    normEpsilon: c.rms_norm_eps,
    mixers: layersOf(c).map((type) =>
      type === 'recurrent'
        ? {
            id: 'rg-lru',
            expand: widthOf(c) / c.hidden_size,
            convolution: c.conv1d_width,
            blocks: c.num_attention_heads,
            rate: 'softplus',
            firstWhole: true,
            activation: activationOf(c.hidden_activation),
          }
        : {
            id: 'softmax',
            offsets: c.attention_bias ? 'all' : 'output',
            headWidth: headWidthOf(c),
            keyHeads: c.num_key_value_heads ?? c.num_attention_heads,
            window: c.attention_window_size,
            ...rotaryOf(c, headWidthOf(c), 10_000, 0.5),
          },
    ),
    channel: {
      id: 'swiglu',
      activation: activationOf(c.hidden_activation),
      width: Math.floor(c.intermediate_size / 2),
    },
    head: { kind: 'token', tied: c.tie_word_embeddings, softCap: c.logits_soft_cap },
  }),

  tensors: (c) => [
    table('model.embed_tokens.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`model.layers.${layer}`, `blocks.${layer}`]
      return [
        ...norm(`${from}.temporal_pre_norm`, `${to}.mixerNorm`),
        ...(layersOf(c)[layer] === 'recurrent' ? recurrent : attention)(c, `${from}.temporal_block`, `${to}.mixer`),
        ...norm(`${from}.channel_pre_norm`, `${to}.channelNorm`),
        ...linear(`${from}.mlp_block.gate_proj`, `${to}.channel.gate`, true),
        ...linear(`${from}.mlp_block.up_proj`, `${to}.channel.up`, true),
        ...linear(`${from}.mlp_block.down_proj`, `${to}.channel.down`, true),
      ]
    }),
    ...norm('model.final_norm', 'norm'),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})

function recurrent(c: Settings, from: string, to: string): Entry[] {
  const sizes = { p: 2, b: c.num_attention_heads }
  const weight = c.num_attention_heads === 1 ? '1 i o -> i (p o)' : 'b i o -> b i (p o)'
  return [
    ...linear(`${from}.linear_y`, `${to}.branch`, true),
    ...linear(`${from}.linear_x`, `${to}.input`, true),
    ...taps(`${from}.conv_1d`, `${to}.convolution`, true),
    ...['recurrent_gate', 'input_gate'].flatMap((gate, p) => [
      matrix(`${from}.rg_lru.${gate}_weight`, `${to}.gates`, { axes: weight, sizes, at: { p } }),
      matrix(`${from}.rg_lru.${gate}_bias`, `${to}.gateOffset`, { axes: 'b d -> (p b d)', sizes, at: { p } }),
    ]),
    same(`${from}.rg_lru.recurrent_param`, `${to}.logRate`),
    ...linear(`${from}.linear_out`, `${to}.output`, true),
  ]
}

const attention = (c: Settings, from: string, to: string): Entry[] => [
  ...linear(`${from}.q_proj`, `${to}.query`, c.attention_bias),
  ...linear(`${from}.k_proj`, `${to}.key`, c.attention_bias),
  ...linear(`${from}.v_proj`, `${to}.value`, c.attention_bias),
  ...linear(`${from}.o_proj`, `${to}.output`, true),
]

const widthOf = (c: Settings) => c.lru_width ?? c.hidden_size
const layersOf = (c: Settings) =>
  Array.from({ length: c.num_hidden_layers }, (_, layer) => c.block_types[layer % c.block_types.length])

/** The factor is held in bfloat16 wherever the model is computed: the upper half of a float, rounded to even. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]
  const upper = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000
  return new Float32Array(new Uint32Array([upper]).buffer)[0]
}
