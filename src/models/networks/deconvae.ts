/**
 * Deconvolutional autoencoder of paragraphs: strided convolutions shrink a text to one vector, transposed ones make the
 * embeddings of all its words from it at once, so that no word waits for the one before.
 *
 *   H¹ = relu(conv_stride(E[x])), …,  h = W vec(H^L) + b
 *   Ĥ^L = relu(W' h + b'), …,  x̂ = conv_strideᵀ(Ĥ¹)                                 one embedding a position
 *   p(x_t = v) = softmax_v(cos(x̂_t, E_v) / τ),  τ = 0.01                             eq. 3, tied embeddings
 *
 * Zhang et al. 2017, arXiv:1708.04729, section 2. Cost O(T K d²) in all, every position in parallel. Padding is `same`
 * here, so that every length works, and the last layer is a full map of what is left. Recipe: Adam, rate 1e-3; for a
 * denoising autoencoder feed a corrupted `text` with the clean `target`.
 */
import { z } from 'zod'
import { add, conv1d, greater, relu, reshape } from '../../engine/index.js'
import { cosineLogits, meanWhere, surprise } from '../../nn/classification.js'
import { fanIn, zero } from '../../nn/initializers.js'
import { embedding, linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { transposedConv1d } from '../../nn/transposed-convolution.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  vocabulary: z.number().int().min(2).default(256),
  length: z.number().int().min(1).default(60),
  width: z.number().int().min(2).default(64).describe('of embeddings; the cosine of one number has no slope'),
  filters: z.number().int().min(1).default(128).describe('of the first layer; each further one has twice as many'),
  window: z.number().int().min(1).default(5),
  stride: z.number().int().min(1).default(2),
  layers: z.number().int().min(1).max(4).default(2),
  latent: z.number().int().min(1).default(256).describe('numbers that a paragraph becomes'),
  temperature: z.number().positive().default(0.01),
})
type Config = z.infer<typeof config>

/** Lengths before each layer and after the last. */
const lengths = ({ length, stride, layers }: Config) =>
  Array.from({ length: layers + 1 }, (_, layer) => Math.ceil(length / stride ** layer))
const channels = ({ width, filters, layers }: Config) =>
  Array.from({ length: layers + 1 }, (_, layer) => (layer === 0 ? width : filters * 2 ** (layer - 1)))

const parameters = (c: Config) => {
  const wide = channels(c)
  const left = lengths(c)[c.layers] * wide[c.layers]
  const kernels = (turn: boolean) =>
    Array.from({ length: c.layers }, (_, layer) => {
      const [from, to] = turn ? [wide[layer + 1], wide[layer]] : [wide[layer], wide[layer + 1]]
      return { kernel: parameter([c.window, from, to], fanIn(c.window * from)), bias: parameter([to], zero) }
    })
  return {
    words: embedding(c.vocabulary, c.width),
    encoder: kernels(false),
    squeeze: linear(left, c.latent),
    expand: linear(c.latent, left),
    decoder: kernels(true),
  }
}

export const deconvae = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'deconvae',
  family: 'convolution',
  citation: {
    title: 'Deconvolutional Paragraph Representation Learning',
    authors: 'Zhang et al.',
    year: 2017,
    arxiv: '1708.04729',
    equations: 'section 2',
  },
  summary: 'Strided convolutions make one vector of a paragraph, transposed ones all of its words at once.',
  config,
  parameters,
  inputs: ({ vocabulary, length }, batch) => ({
    text: { shape: [batch, length], dtype: 'i32', below: vocabulary },
    // 0 pads both, and is not asked for.
    target: { shape: [batch, length], dtype: 'i32', below: vocabulary },
  }),

  forward(p, { text, target }, { config: c }) {
    const [B] = text.shape
    const [long, wide] = [lengths(c), channels(c)]
    let x = p.words(text)
    for (const { kernel, bias } of p.encoder) {
      x = relu(add(conv1d(x, kernel, { stride: c.stride, padding: 'same' }), bias))
    }
    const latent = p.squeeze(reshape(x, [B, long[c.layers] * wide[c.layers]]))
    let y = relu(reshape(p.expand(latent), [B, long[c.layers], wide[c.layers]]))
    for (let layer = c.layers - 1; layer >= 0; layer--) {
      const { kernel, bias } = p.decoder[layer]
      const grown = add(transposedConv1d(y, kernel, c.stride, long[layer]), bias)
      y = layer > 0 ? relu(grown) : grown
    }
    const logits = cosineLogits(y, p.words.table, c.temperature)
    return { loss: meanWhere(surprise(logits, target), greater(target, 0)), outputs: { logits, latent } }
  },
})
