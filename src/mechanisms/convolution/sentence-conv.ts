/**
 * A convolution over the tokens around each one, as it was first used on sentences.
 *
 *   y_t = f(Σ_{|d| ≤ (K − 1)/2} W_d x_{t+d} + b)          zeros outside of the document
 *
 * Kim 2014, arXiv:1408.5882, equation 2, centred and padded so that there is a feature map for every token; W_d is
 * block-diagonal with `groups`. Nothing is carried. Cost a layer: O(T K d² / groups).
 */
import { z } from 'zod'
import { add, concat, matmul, reshape, transpose } from '../../engine/index.js'
import { activationNames, activations } from '../../nn/activations.js'
import { fanIn, zero } from '../../nn/initializers.js'
import { neighbours } from '../../nn/neighbours.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { defineMixer, type Frame } from '../mixer.js'
import { blocksOf, count } from '../settings.js'

const config = z.object({
  taps: count.default(3).describe('K: tokens that a kernel sees, an odd number'),
  groups: count.default(1).describe('channels are in so many groups that do not mix'),
  activation: z.enum(activationNames).default('tanh').describe('f'),
})
type Config = z.infer<typeof config> & Frame

export const sentenceConv = defineMixer({
  id: 'sentence-conv',
  family: 'convolution',
  citation: {
    title: 'Convolutional Neural Networks for Sentence Classification',
    authors: 'Kim',
    year: 2014,
    arxiv: '1408.5882',
    equations: '2',
  },
  summary: 'A convolution over the few tokens before and after each one.',
  config,
  causal: false,

  validate(c: Config) {
    blocksOf('sentence-conv', c.groups, c.dim)
    if (c.taps % 2 === 0)
      throw new UserError(
        `sentence-conv: taps must be odd, as many before as behind, got ${c.taps} – use ${c.taps + 1}`,
      )
  },

  parameters: ({ dim, taps, groups, bias }: Config) => ({
    // Rows of each group: tap after tap, channel after channel.
    kernel: parameter([groups, (taps * dim) / groups, dim / groups], fanIn((taps * dim) / groups)),
    offset: bias ? parameter([dim], zero) : undefined,
  }),
  state: () => ({}),
  project: (_, x) => ({ x }),

  parallel({ x }, _, { config: { taps, groups }, context, p }) {
    const [B, T, dim] = x.shape
    const size = dim / groups
    const seen = neighbours(x, (taps - 1) / 2, context.documents)
    const grouped = reshape(concat([...seen], 2), [B * T, taps, groups, size])
    const rows = reshape(transpose(grouped, [2, 0, 1, 3]), [groups, B * T, taps * size])
    const y = transpose(matmul(rows, p.kernel), [1, 0, 2])
    return { y: reshape(y, [B, T, dim]), state: {} }
  },

  output: (p, y, _, { config }) => activations[config.activation](p.offset ? add(y, p.offset) : y),
})
