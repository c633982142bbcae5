/** xLSTM 7B and its relatives: matrix memories with gates held by tanh, gated feed-forward layers, logits held by tanh. */
import { z } from 'zod'
import {
  count,
  defineArchitecture,
  each,
  epsilon,
  linear,
  matrix,
  neutral,
  norm,
  same,
  settings,
  table,
} from '../architecture.js'

const how = [
  ...['autocast_kernel_dtype', 'chunk_size', 'chunkwise_kernel', 'inference_state_dtype', 'max_inference_chunksize'],
  ...['mode', 'norm_reduction_force_float32', 'return_last_states', 'sequence_kernel', 'step_kernel', 'weight_mode'],
  ...['embedding_dim', 'num_blocks', 'force_bos_token_insert'],
]

export const xlstm = defineArchitecture({
  id: 'xlstm',
  classes: ['xLSTMForCausalLM'],
  settings: settings({
    vocab_size: count.default(50304),
    hidden_size: count.default(4096),
    num_hidden_layers: count.default(32),
    num_heads: count.default(8),
    add_out_norm: z.literal(true).optional(),
    // Added to a divisor that is at least e^−m: below rounding.
    eps: neutral,
    norm_eps: epsilon.default(1e-6),
    ffn_proj_factor: z.number().positive().default(2.667),
    ffn_round_up_to_multiple_of: count.default(64),
    gate_soft_cap: z.number().positive().default(15),
    output_logit_soft_cap: z.number().positive().default(30),
    qk_dim_factor: z.number().positive().default(0.5),
    v_dim_factor: z.number().positive().default(1),
    use_bias: z.boolean().default(false),
    // Whatever it says, the head has a matrix of its own.
    tie_word_embeddings: neutral,
    weight_mode: z.literal('single').optional(),
    ...Object.fromEntries(how.filter((key) => key !== 'weight_mode').map((key) => [key, neutral])),
  }),
  predicts: 'next token',

  model: (c) => ({
    dim: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_heads,
    input: { kind: 'tokens', vocabulary: c.vocab_size },
    norm: c.use_bias ? 'rms-shift' : 'rms',
    lastNorm: { kind: 'rms' },
    normEpsilon: c.norm_eps,
    bias: c.use_bias,
    mixers: [
      {
        id: 'xlstm-large',
        keyWidth: Math.trunc(c.hidden_size * c.qk_dim_factor) / c.num_heads,
        valueWidth: Math.trunc(c.hidden_size * c.v_dim_factor) / c.num_heads,
        cap: c.gate_soft_cap,
        shift: c.use_bias,
      },
    ],
    channel: { id: 'swiglu', width: roundUp(c.hidden_size * c.ffn_proj_factor, c.ffn_round_up_to_multiple_of) },
    head: { kind: 'token', tied: false, softCap: c.output_logit_soft_cap },
  }),

  tensors: (c) => [
    table('backbone.embeddings.weight', 'input.table'),
    ...each(c.num_hidden_layers, (layer) => {
      const [from, to] = [`backbone.blocks.${layer}`, `blocks.${layer}`]
      const mixer = (name: string, path: string) =>
        linear(`${from}.mlstm_layer.${name}`, `${to}.mixer.${path}`, c.use_bias)
      return [
        ...norm(`${from}.norm_mlstm`, `${to}.mixerNorm`, c.use_bias),
        ...mixer('q', 'query'),
        ...mixer('k', 'key'),
        ...mixer('v', 'value'),
        ...mixer('ogate_preact', 'gate'),
        ...['input', 'forget'].flatMap((gate) => [
          matrix(`${from}.mlstm_layer.${gate[0]}gate_preact.weight`, `${to}.mixer.${gate}Gate.map.weight`),
          same(`${from}.mlstm_layer.${gate[0]}gate_preact.bias`, `${to}.mixer.${gate}Gate.offset`),
        ]),
        same(`${from}.mlstm_layer.multihead_norm.weight`, `${to}.mixer.scale`),
        ...(c.use_bias ? [same(`${from}.mlstm_layer.multihead_norm.bias`, `${to}.mixer.shift`)] : []),
        ...mixer('out_proj', 'output'),
        ...norm(`${from}.norm_ffn`, `${to}.channelNorm`, c.use_bias),
        ...linear(`${from}.ffn.proj_up_gate`, `${to}.channel.gate`, c.use_bias),
        ...linear(`${from}.ffn.proj_up`, `${to}.channel.up`, c.use_bias),
        ...linear(`${from}.ffn.proj_down`, `${to}.channel.down`, c.use_bias),
      ]
    }),
    ...norm('backbone.out_norm', 'norm'),
    matrix('lm_head.weight', 'head.weight'),
  ],
})

const roundUp = (value: number, multiple: number) => multiple * Math.floor((value + multiple - 1) / multiple)
