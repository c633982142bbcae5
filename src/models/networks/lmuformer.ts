/**
 * LMUFormer: a classifier of sequences whose memory is fixed, between convolutions.
 *
 *   embedding   twice f(norm(conv₃ x)): causal convolutions over three frames
 *   block       u = norm(x) W_u,  m_t = Ā m_{t−1} + B̄ u_t,  x ← x + f(norm(m W_m + x W_x)) W_o      Legendre memory
 *               x ← x + f(norm(x W₁)) W₂                          channel mixer: convolutions over one frame, 4 d wide
 *   head        at each frame the mean, so far, of norm(x) W_c
 *
 * Liu et al. 2024, arXiv:2402.04882, section 4; the authors' memory has M = 1, N = d and a neuron on u. f is GELU, or
 * with `threshold` leaky integrate-and-fire neurons, the spiking variant: their outputs are 0 or 1, and a spike's
 * gradient is a surrogate that differences do not see, so that the suite checks the smooth form. Layer norm stands
 * where the paper has batch norm, which would let the rows of a batch see each other. All of it is causal and can be
 * read at any frame. State: M N numbers and two frames a block. Cost O(T d² + T M N (log T + d)). Recipe: AdamW, rate
 * 3e-3 at d = 48.
 */
import { z } from 'zod'
import {
  add,
  constant,
  conv1d,
  cumulativeSum,
  div,
  gelu,
  mean,
  reshape,
  slice,
  squeeze,
  type Tensor,
  zeros,
} from '../../engine/index.js'
import { surprise } from '../../nn/classification.js'
import { fanIn } from '../../nn/initializers.js'
import { linear, norm } from '../../nn/layers.js'
import { legendreMemory } from '../../nn/legendre-memory.js'
import { parameter } from '../../nn/parameter.js'
import { leakyIntegrateAndFire } from '../../nn/spiking.js'
import { defineNetwork } from '../network.js'

const count = z.number().int().min(1)
const config = z.object({
  frames: count.default(100),
  features: count.default(16).describe('numbers of a frame'),
  classes: count.default(12),
  width: count.default(48),
  blocks: count.default(1),
  channels: count.default(16).describe('M: numbers of a frame that are remembered'),
  order: count.default(8).describe('N: Legendre coefficients of each'),
  window: z.number().positive().default(64).describe('θ: frames that the memory reaches back'),
  threshold: z.number().positive().optional().describe('potential at which neurons fire; without it nothing spikes'),
})
type Config = z.infer<typeof config>

const convolution = (inputs: number, width: number) => ({
  kernel: parameter([3, inputs, width], fanIn(3 * inputs)),
  norm: norm('layer', width),
})

const parameters = ({ features, width, blocks, channels, order, classes }: Config) => ({
  embedding: [convolution(features, width), convolution(width, width)],
  blocks: Array.from({ length: blocks }, () => ({
    norm: norm('layer', width),
    write: linear(width, channels),
    read: linear(channels * order, width),
    direct: linear(width, width, { bias: false }),
    readNorm: norm('layer', width),
    output: linear(width, width),
    widen: linear(width, 4 * width),
    wideNorm: norm('layer', 4 * width),
    narrow: linear(4 * width, width),
  })),
  norm: norm('layer', width),
  head: linear(width, classes),
})

export const lmuformer = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'lmuformer',
  family: 'state-space',
  citation: {
    title: 'LMUFormer: Low Complexity Yet Powerful Spiking Model With Legendre Memory Units',
    authors: 'Liu et al.',
    year: 2024,
    arxiv: '2402.04882',
    equations: 'section 4',
  },
  summary: 'Classifies a sequence by a fixed Legendre memory between convolutions, at every frame of it.',
  config,
  parameters,
  inputs: ({ frames, features, classes }, batch) => ({
    frames: { shape: [batch, frames, features], dtype: 'f32' },
    label: { shape: [batch], dtype: 'i32', below: classes },
  }),

  forward(p, { frames, label }, { config: c }) {
    const neuron = (x: Tensor) => (c.threshold === undefined ? gelu(x) : leakyIntegrateAndFire(x, c.threshold))
    const [B, T] = frames.shape
    let x = frames
    for (const { kernel, norm } of p.embedding) x = neuron(norm(conv1d(x, kernel)))
    for (const block of p.blocks) {
      const heard = block.norm(x)
      const { memory } = legendreMemory(c, block.write(heard), zeros([B, c.channels, c.order]), {})
      const read = add(block.read(reshape(memory, [B, T, c.channels * c.order])), block.direct(heard))
      x = add(x, block.output(neuron(block.readNorm(read))))
      x = add(x, block.narrow(neuron(block.wideNorm(block.widen(x)))))
    }
    const passed = constant(
      Float32Array.from({ length: T }, (_, t) => t + 1),
      [T, 1],
    )
    // [B, T, classes]: what is said after each frame.
    const logits = div(cumulativeSum(p.head(p.norm(x)), 1), passed)
    return { loss: mean(surprise(squeeze(slice(logits, 1, -1), 1), label)), outputs: { logits } }
  },
})
