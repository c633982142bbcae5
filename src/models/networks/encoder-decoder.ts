/**
 * The transformer as it was first: an encoder reads the source both ways, a decoder writes the target from what it wrote
 * so far and from what the encoder made of the source.
 *
 *   e = encoder(x),  p(y_t | y_<t, x) = softmax(W h_t),  h = decoder(y_{<t}, e)
 *
 * Vaswani et al. 2017, arXiv:1706.03762, section 3.1. Both are models of their own configuration; the decoder's may name
 * `cross-attention` among its mixers. The decoder begins with the token `start`. Rows of a batch are of one length.
 * Cost: O(S² + S T + T²) for S tokens of source and T of target.
 */
import { z } from 'zod'
import { concat, full, mul, reshape, slice, type Tensor } from '../../engine/index.js'
import { crossAttention } from '../../mechanisms/index.js'
import { crossEntropy, logits } from '../../nn/loss.js'
import type { Layer, ParameterTree } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { type ModelConfigInput, modelConfig } from '../config.js'
import { createModel } from '../model.js'
import { defineNetwork } from '../network.js'
import { carriedState } from '../state.js'

const small = {
  dim: 16,
  layers: 2,
  heads: 2,
  input: { kind: 'tokens', vocabulary: 32 },
} satisfies Partial<ModelConfigInput>
const config = z.object({
  encoder: modelConfig.prefault({ ...small, mixers: [{ id: 'softmax', causal: false }] }),
  decoder: modelConfig
    .prefault({
      ...small,
      layers: 4,
      mixers: [{ id: 'softmax' }, { id: 'cross-attention' }],
      channels: [null, { id: 'mlp' }],
    })
    .describe('one block for each attention, to the target and to the source'),
  shared: z.boolean().default(true).describe('one table of tokens for both'),
  start: z.number().int().min(0).default(0).describe('the token that a target begins after'),
  sourceLength: z.number().int().min(1).default(16),
  targetLength: z.number().int().min(1).default(16),
})
type Config = z.infer<typeof config>

const decoderOf = (c: Config) => createModel(c.decoder, { mixers: [crossAttention] })
const vocabularyOf = ({ input }: Config['encoder']) => (input.kind === 'tokens' ? input.vocabulary : 0)

/** Parameters that stay tensors, as models take them. */
const unbound = (parameters: ParameterTree): Layer<{ readonly input?: unknown }> => ({
  parameters,
  bind: (tensors) => tensors,
})

function parameters(c: Config) {
  const { input, ...rest } = decoderOf(c).parameters
  return {
    encoder: unbound(createModel(c.encoder).parameters),
    decoder: unbound((c.shared ? rest : { input, ...rest }) as ParameterTree),
  }
}

export const encoderDecoder = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'encoder-decoder',
  family: 'attention',
  citation: {
    title: 'Attention Is All You Need',
    authors: 'Vaswani et al.',
    year: 2017,
    arxiv: '1706.03762',
    equations: 'section 3.1',
  },
  summary: 'An encoder reads the source both ways; a decoder that attends to it writes the target.',
  config,
  validate(c) {
    for (const part of ['encoder', 'decoder'] as const)
      if (c[part].head.kind !== 'token')
        throw new UserError(`encoder-decoder.${part}.head: must read tokens and predict them, got ${c[part].head.kind}`)
    const [one, other] = [vocabularyOf(c.encoder), vocabularyOf(c.decoder)]
    if (c.shared && one !== other)
      throw new UserError(`encoder-decoder.shared: needs one vocabulary, got ${one} and ${other} – set shared=false`)
  },
  parameters,
  inputs: ({ encoder, decoder, sourceLength, targetLength }, batch) => ({
    source: { shape: [batch, sourceLength], dtype: 'i32', below: vocabularyOf(encoder) },
    target: { shape: [batch, targetLength], dtype: 'i32', below: vocabularyOf(decoder) },
  }),

  forward(p, { source, target }, { config: c, training, key }) {
    const [encoder, decoder] = [createModel(c.encoder), decoderOf(c)]
    const [B, T] = target.shape
    const run = { training, key }
    const { features } = encoder.forward(p.encoder, { x: source }, carriedState(encoder, {}, B), run)
    const own = c.shared ? { ...p.decoder, input: p.encoder.input } : p.decoder
    const given = { x: previous(target, c.start), source: features }
    const written = decoder.forward(own, given, carriedState(decoder, {}, B), run)
    const head = decoder.head(own)
    const rows = reshape(written.features, [B * T, written.features.shape[2]])
    const loss = mul(crossEntropy(rows, head, reshape(target, [B * T]), full([B * T], 1)), 1 / (B * T))
    return { loss, outputs: { logits: reshape(logits(rows, head), [B, T, vocabularyOf(c.decoder)]) } }
  },
})

/** The token before each of targets [B, T]. */
function previous(target: Tensor, start: number): Tensor {
  const [B, T] = target.shape
  return concat([full([B, 1], start, 'i32'), slice(target, 1, 0, T - 1)], 1)
}
