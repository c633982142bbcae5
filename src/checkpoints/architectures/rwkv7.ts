/** RWKV-7, as flash-linear-attention stores it: time mixing and channel mixing in turn, each a block of its own here. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import {
  count,
  defineArchitecture,
  type Entry,
  each,
  linear,
  matrix,
  neutral,
  norm,
  paddingOf,
  same,
  settings,
  table,
} from '../architecture.js'
import { flaMaps, flaSettings } from './fla.js'

const { fuse_swiglu: _, attnres_block_size: __, ...shared } = flaSettings

export const rwkv7 = defineArchitecture({
  id: 'rwkv7',
  classes: ['RWKV7ForCausalLM'],
  settings: settings({
    ...shared,
    hidden_act: z.literal('sqrelu').default('sqrelu'),
    head_dim: count.nullable().default(64),
    num_heads: count.nullish(),
    decay_low_rank_dim: count.default(64),
    gate_low_rank_dim: count.default(128),
    a_low_rank_dim: count.default(64),
    v_low_rank_dim: count.default(16),
    norm_first: z.boolean().default(true),
    norm_bias: z.boolean().default(true),
    norm_eps: z.number().positive().default(1e-5),
    fuse_norm: z.boolean().default(true),
    value_dim: z.union([count, z.array(count)]).nullish(),
    // A term that training adds to the gradient of logits, on by default.
    use_l2warp: neutral,
  }),
  predicts: 'next token',
  ignored: /^lm_head\.weight$/,

  model(c) {
    const values = [c.value_dim ?? c.hidden_size].flat()
    const other = values.find((width) => width !== c.hidden_size)
    if (other !== undefined)
      throw new UserError(
        `config.json: value_dim must be hidden_size, ${c.hidden_size}, got ${other} – no other is read`,
      )
    const heads = headsOf(c)
    const width = c.hidden_size / heads
    const time = {
      id: 'rwkv7',
      decayRank: c.decay_low_rank_dim,
      removalRank: c.a_low_rank_dim,
      gateRank: c.gate_low_rank_dim,
      headScales: true,
      normEpsilon: width * c.norm_eps,
      // A millionth is added to squared lengths where norms are kernels.
      unitEpsilon: c.fuse_norm ? 1e-3 : 1e-6,
    }
    const channel = {
      id: 'rwkv-channel-mix',
      receptance: false,
      width: c.intermediate_size ?? 32 * Math.ceil(Math.trunc(c.hidden_size * (c.hidden_ratio ?? 4)) / 32),
    }
    return {
      dim: c.hidden_size,
      layers: 2 * c.num_hidden_layers,
      heads,
      input: { kind: 'tokens', vocabulary: c.vocab_size },
      embedding: { norm: c.norm_first, ...paddingOf(c) },
      norm: c.norm_bias ? 'layer' : 'layer-scale',
      normEpsilon: c.norm_eps,
      bias: false,
      mixers: Array.from({ length: c.num_hidden_layers }, (_layer, layer) => [
        { ...time, ...(layer === 0 ? { handsValues: true } : { takes: { rank: c.v_low_rank_dim } }) },
        channel,
      ]).flat(),
      channel: null,
      head: { kind: 'token', tied: c.tie_word_embeddings },
    }
  },

  tensors: (c) => [
    table('model.embeddings.weight', 'input.table'),
    ...(c.norm_first ? norm('model.layers.0.pre_norm', 'embedding.norm', c.norm_bias) : []),
    ...each(c.num_hidden_layers, (layer) => {
      const from = `model.layers.${layer}`
      const [time, channel] = [`blocks.${2 * layer}`, `blocks.${2 * layer + 1}`]
      return [
        ...norm(`${from}.attn_norm`, `${time}.mixerNorm`, c.norm_bias),
        ...timeMixing(`${from}.attn`, `${time}.mixer`, headsOf(c), layer > 0),
        ...norm(`${from}.ffn_norm`, `${channel}.mixerNorm`, c.norm_bias),
        same(`${from}.ffn.x_k`, `${channel}.mixer.keyShift`),
        ...linear(`${from}.ffn.key`, `${channel}.mixer.key`),
        ...linear(`${from}.ffn.value`, `${channel}.mixer.value`),
      ]
    }),
    ...norm('model.norm', 'norm', c.norm_bias),
    ...(c.tie_word_embeddings ? [] : [matrix('lm_head.weight', 'head.weight')]),
  ],
})

function timeMixing(from: string, to: string, heads: number, takes: boolean): Entry[] {
  const lowRank = (letter: string, part: string) => [
    matrix(`${from}.${letter}_lora.lora.0.weight`, `${to}.${part}.down`),
    matrix(`${from}.${letter}_lora.lora.2.weight`, `${to}.${part}.up`),
  ]
  const offset = (letter: string, part: string) => same(`${from}.${letter}_lora.lora.2.bias`, `${to}.${part}Offset`)
  return [
    ...['r', 'w', 'k', 'v', 'a', 'g'].map((letter, index) => ({
      name: `${from}.x_${letter}`,
      path: `${to}.shift.${index}`,
      axes: '1 1 d -> d',
    })),
    ...flaMaps(from, to, { r: 'receptance', k: 'key', v: 'value', o: 'output' }),
    ...lowRank('w', 'decay'),
    offset('w', 'decay'),
    ...lowRank('a', 'removal'),
    offset('a', 'removal'),
    ...(takes ? [...lowRank('v', 'taken'), offset('v', 'taken')] : []),
    ...lowRank('g', 'gate'),
    same(`${from}.k_k`, `${to}.removedKey`),
    same(`${from}.k_a`, `${to}.replaced`),
    { name: `${from}.r_k`, path: `${to}.bonus`, axes: 'h d -> (h d)', sizes: { h: heads } },
    ...norm(`${from}.g_norm`, `${to}.norm`, true),
  ]
}

/** Of both settings that say so the width of a head counts. */
const headsOf = (c: { head_dim: number | null; num_heads?: number | null; hidden_size: number }) =>
  c.head_dim === null ? (c.num_heads ?? 1) : Math.floor(c.hidden_size / c.head_dim)
