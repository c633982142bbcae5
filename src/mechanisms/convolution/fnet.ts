/**
 * Fourier mixing (FNet): the real part of the discrete Fourier transform over features and positions, no parameters.
 *
 *   y_t = Re Σ_s exp(−2πi · s t / T) z_s,  z_s = DFT over the features of x_s          T: tokens of the document
 *
 * Lee-Thorp et al. 2021, arXiv:2105.03824, equation 3; neither transform is normalised. Every token sees the whole
 * document, and nothing is carried. For rows of one document the transform over positions is a fast one, O(T log T d);
 * packed documents have their own lengths and get the matrix, O(T² d). Recipe: LayerNorm after the sum with the input.
 */
import { z } from 'zod'
import {
  add,
  cast,
  complex,
  cos,
  div,
  fft,
  matmul,
  mod,
  mul,
  sin,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { sameDocument } from '../../nn/documents.js'
import { defineMixer, type Frame } from '../mixer.js'

const config = z.object({})
type Config = z.infer<typeof config> & Frame

/** The transform over positions of each document, as matrices of its own length. */
function perDocument(re: Tensor, im: Tensor, positions: Tensor, documents: Tensor): Tensor {
  const together = sameDocument(documents, documents)
  const lengths = sum(cast(together, 'i32'), 2, { keep: true })
  // Padding belongs to no document; its places may be any.
  const turns = mod(mul(unsqueeze(positions, 2), unsqueeze(positions, 1)), lengths)
  const angle = mul(div(cast(turns, 'f32'), cast(lengths, 'f32')), 2 * Math.PI)
  return add(matmul(where(together, cos(angle), 0), re), matmul(where(together, sin(angle), 0), im))
}

export const fnet = defineMixer({
  id: 'fnet',
  family: 'convolution',
  citation: {
    title: 'FNet: Mixing Tokens with Fourier Transforms',
    authors: 'Lee-Thorp et al.',
    year: 2021,
    arxiv: '2105.03824',
    equations: '3',
  },
  summary: 'The discrete Fourier transform over features and positions in place of attention, without parameters.',
  config,
  causal: false,
  cost: 'quasilinear',
  parameters: (_: Config) => ({}),
  state: () => ({}),
  project: (_, x) => ({ x }),

  parallel({ x }, _, { context: { positions, documents } }) {
    const { re, im } = fft(complex(x))
    if (documents) return { y: perDocument(re, im, positions, documents), state: {} }
    const over = fft(complex(transpose(re, [0, 2, 1]), transpose(im, [0, 2, 1])))
    return { y: transpose(over.re, [0, 2, 1]), state: {} }
  },

  output: (_, y) => y,
})
