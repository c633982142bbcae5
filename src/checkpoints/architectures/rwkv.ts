/** RWKV-4: time mixing and channel mixing in turn, each a block of its own here, and a norm after the embedding. */

import { z } from 'zod'
import { resolveLayers } from '../../models/index.js'
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
  traits,
} from '../architecture.js'

export const rwkv = defineArchitecture({
  id: 'rwkv',
  classes: ['RwkvForCausalLM'],
  settings: settings({
    vocab_size: count.default(50277),
    context_length: neutral,
    hidden_size: count.default(4096),
    num_hidden_layers: count.default(32),
    attention_hidden_size: count.nullish(),
    intermediate_size: count.nullish(),
    layer_norm_epsilon: epsilon.default(1e-5),
    // Halves features every few layers and the matrices before them: only half precision needs it.
    rescale_every: neutral,
    tie_word_embeddings: z.boolean().default(false),
  }),
  predicts: 'next token',
  ignored: /^head\.weight$/,

  model(c) {
    return {
      dim: c.hidden_size,
      layers: 2 * c.num_hidden_layers,
      heads: 1,
      input: { kind: 'tokens', vocabulary: c.vocab_size },
      embedding: { norm: true },
      normEpsilon: c.layer_norm_epsilon,
      lastNorm: { epsilon: 1e-5 },
      bias: false,
      mixers: [
        { id: 'rwkv4', shares: 'present', width: c.attention_hidden_size ?? c.hidden_size },
        { id: 'rwkv-channel-mix', shares: 'present', width: c.intermediate_size ?? 4 * c.hidden_size },
      ],
      channel: null,
      head: { kind: 'token', tied: c.tie_word_embeddings },
    }
  },

  settingsOf(model, context) {
    const { vocabulary, tied } = traits(model)
    const widths = resolveLayers(model).map(({ settings }) => (settings as { width?: number }).width)
    return {
      vocab_size: vocabulary,
      context_length: context,
      hidden_size: model.dim,
      num_hidden_layers: Math.max(1, Math.floor(model.layers / 2)),
      attention_hidden_size: widths[0] ?? model.dim,
      intermediate_size: widths[1] ?? 4 * model.dim,
      layer_norm_epsilon: model.normEpsilon,
      tie_word_embeddings: tied,
    }
  },

  tensors: (c) => [
    table('rwkv.embeddings.weight', 'input.table'),
    ...norm('rwkv.blocks.0.pre_ln', 'embedding.norm', true),
    ...each(c.num_hidden_layers, (layer) => {
      const from = `rwkv.blocks.${layer}`
      const [time, channel] = [`blocks.${2 * layer}`, `blocks.${2 * layer + 1}`]
      const share = (name: string, path: string) => ({ name, path, axes: '1 1 d -> d' })
      const map = (part: string, name: string, to: string) => linear(`${from}.${part}.${name}`, `${to}.mixer.${name}`)
      return [
        ...norm(`${from}.ln1`, `${time}.mixerNorm`, true),
        ...['receptance', 'key', 'value'].flatMap((name) => [
          share(`${from}.attention.time_mix_${name}`, `${time}.mixer.${name}Shift`),
          ...map('attention', name, time),
        ]),
        same(`${from}.attention.time_decay`, `${time}.mixer.decay`),
        same(`${from}.attention.time_first`, `${time}.mixer.bonus`),
        ...map('attention', 'output', time),
        ...norm(`${from}.ln2`, `${channel}.mixerNorm`, true),
        ...['receptance', 'key'].flatMap((name) => [
          share(`${from}.feed_forward.time_mix_${name}`, `${channel}.mixer.${name}Shift`),
          ...map('feed_forward', name, channel),
        ]),
        ...map('feed_forward', 'value', channel),
      ]
    }),
    ...norm('rwkv.ln_out', 'norm', true),
    ...(c.tie_word_embeddings ? [] : [matrix('head.weight', 'head.weight')]),
  ],
})
