/**
 * Sequence to sequence: a deep LSTM reads the source, and from its last state another one writes the target.
 *
 *   v = the encoder's state after the source, layer by layer; reversed, so that what is written first was read last
 *   p(y_t | y_<t, x) = softmax(W h_t + b), h_t = decoder(y_{t−1}, h_{t−1}), h_0 = v
 *
 * Sutskever, Vinyals and Le 2014, arXiv:1409.3215, section 2. State: 2 × layers vectors of d numbers, whatever the
 * length. Cost O((S + T) d² layers), one token after the other. Recipe: the paper trains four layers of 1,000 with SGD of
 * rate 0.7, uniform starting values of ±0.08 and gradients clipped at norm 5; small ones learn with AdamW at 4e-3.
 * Token 0 ends a target and pads both sides; what stands after it does not count.
 */
import { z } from 'zod'
import { flip, type Tensor } from '../../engine/index.js'
import { type LstmMemory, lstmLayer, realTokens } from '../../nn/cells.js'
import { meanWhere, surprise, teacherForced } from '../../nn/classification.js'
import { embedding, linear } from '../../nn/layers.js'
import type { Bound } from '../../nn/parameter.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  sourceVocabulary: z.number().int().min(2).default(32),
  targetVocabulary: z.number().int().min(2).default(32),
  sourceLength: z.number().int().min(1).default(16),
  targetLength: z.number().int().min(1).default(16),
  width: z.number().int().min(1).default(128).describe('of embeddings and of each layer'),
  layers: z.number().int().min(1).default(2),
  reverse: z.boolean().default(true).describe('read the source from its end'),
})
type Config = z.infer<typeof config>

const parameters = ({ sourceVocabulary, targetVocabulary, width, layers }: Config) => ({
  source: embedding(sourceVocabulary, width),
  target: embedding(targetVocabulary, width),
  encoder: Array.from({ length: layers }, () => lstmLayer(width, width)),
  decoder: Array.from({ length: layers }, () => lstmLayer(width, width)),
  output: linear(width, targetVocabulary),
})
type Parameters = Bound<ReturnType<typeof parameters>>

/** The encoder's last state of sources [B, S], layer by layer. */
export function encodeSource(p: Parameters, source: Tensor, { reverse }: Config): LstmMemory[] {
  const read = reverse ? flip(source, 1) : source
  let x = p.source(read)
  return p.encoder.map((layer) => {
    const { hidden, memory } = layer.run(x, layer.start(read.shape[0]), realTokens(read))
    x = hidden
    return memory
  })
}

/** Logits of the token after `token` [B], and the state with it; the target begins after token 0. */
export function decodeToken(p: Parameters, token: Tensor, memory: readonly LstmMemory[]) {
  let x = p.target(token)
  const next = p.decoder.map((layer, index) => {
    const after = layer.step(x, memory[index])
    x = after.hidden
    return after
  })
  return { logits: p.output(x), memory: next }
}

export const seq2seqLstm = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'seq2seq-lstm',
  family: 'recurrent',
  citation: {
    title: 'Sequence to Sequence Learning with Neural Networks',
    authors: 'Sutskever, Vinyals and Le',
    year: 2014,
    arxiv: '1409.3215',
    equations: 'section 2',
  },
  summary: 'A deep LSTM reads the reversed source; from its last state another writes the target.',
  config,
  parameters,
  inputs: ({ sourceVocabulary, targetVocabulary, sourceLength, targetLength }, batch) => ({
    source: { shape: [batch, sourceLength], dtype: 'i32', below: sourceVocabulary },
    target: { shape: [batch, targetLength], dtype: 'i32', below: targetVocabulary },
  }),

  forward(p, { source, target }, { config: c }) {
    const memory = encodeSource(p, source, c)
    const { previous, counts } = teacherForced(target)
    let x = p.target(previous)
    p.decoder.forEach((layer, index) => {
      x = layer.run(x, memory[index]).hidden
    })
    const logits = p.output(x)
    return { loss: meanWhere(surprise(logits, target), counts), outputs: { logits } }
  },
})
