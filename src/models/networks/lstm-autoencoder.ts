/**
 * LSTM autoencoder of paragraphs, the control of `deconvae`: one LSTM reads the text into a vector, another one writes it
 * again word by word.
 *
 *   h = W hidden_T + b,  (hidden_0, cell_0) = W' h + b',  hidden_t = LSTM(E[x_{t−1}], hidden_{t−1})
 *   p(x_t = v) = softmax_v(cos(V hidden_t, E_v) / τ)
 *
 * Li, Luong and Jurafsky 2015, arXiv:1506.01057, model 1 of section 3, with the words of Zhang et al. 2017
 * (arXiv:1708.04729). In training each word is written after the right ones, afterwards after those it wrote itself.
 * Cost O(T d²), one word after the other. Recipe: Adam, rate 1e-3.
 */
import { z } from 'zod'
import { argMax, greater, scan, split, type Tensor, transpose, zeros } from '../../engine/index.js'
import { lstmLayer, realTokens } from '../../nn/cells.js'
import { cosineLogits, meanWhere, surprise, teacherForced } from '../../nn/classification.js'
import { embedding, linear } from '../../nn/layers.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  vocabulary: z.number().int().min(2).default(256),
  length: z.number().int().min(1).default(60),
  embedding: z.number().int().min(2).default(64).describe('width; the cosine of one number has no slope'),
  width: z.number().int().min(1).default(128).describe('of both LSTMs'),
  latent: z.number().int().min(1).default(256).describe('numbers that a paragraph becomes'),
  temperature: z.number().positive().default(0.01),
})
type Config = z.infer<typeof config>

const parameters = (c: Config) => ({
  words: embedding(c.vocabulary, c.embedding),
  encoder: lstmLayer(c.embedding, c.width),
  squeeze: linear(c.width, c.latent),
  expand: linear(c.latent, 2 * c.width),
  decoder: lstmLayer(c.embedding, c.width),
  output: linear(c.width, c.embedding),
})

export const lstmAutoencoder = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'lstm-autoencoder',
  family: 'recurrent',
  citation: {
    title: 'A Hierarchical Neural Autoencoder for Paragraphs and Documents',
    authors: 'Li, Luong and Jurafsky',
    year: 2015,
    arxiv: '1506.01057',
    equations: 'section 3, model 1',
  },
  summary: 'One LSTM reads a paragraph into a vector, another writes it again word by word.',
  config,
  parameters,
  inputs: ({ vocabulary, length }, batch) => ({
    text: { shape: [batch, length], dtype: 'i32', below: vocabulary },
    // 0 pads both, and is not asked for.
    target: { shape: [batch, length], dtype: 'i32', below: vocabulary },
  }),

  forward(p, { text, target }, { config: c, training }) {
    const [B, T] = text.shape
    const latent = p.squeeze(p.encoder.run(p.words(text), p.encoder.start(B), realTokens(text)).memory.hidden)
    const [hidden, cell] = split(p.expand(latent), 2, 1)
    const words = (hidden: Tensor) => cosineLogits(p.output(hidden), p.words.table, c.temperature)
    const begin = { memory: { hidden, cell }, last: zeros([B], 'i32') }
    const write = ({ memory, last }: typeof begin) => {
      const next = p.decoder.step(p.words(last), memory)
      const logits = words(next.hidden)
      return { carry: { memory: next, last: argMax(logits, 1) }, y: logits }
    }
    const forced = () => words(p.decoder.run(p.words(teacherForced(target).previous), begin.memory).hidden)
    const logits = training ? forced() : transpose(scan(write, begin, {}, { length: T }).ys, [1, 0, 2])
    return { loss: meanWhere(surprise(logits, target), greater(target, 0)), outputs: { logits, latent } }
  },
})
