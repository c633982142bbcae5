/** Multi-query associative recall in the literature: how right each mixer is at four widths. */
import type { PublishedFigure } from '../task.js'

const widths = [64, 128, 256, 512]

/** Setting, then models with their accuracy at each width. */
const curves: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  'length=64:pairs=4': {
    attention: [1, 1, 1, 1],
    Hyena: [0.52, 0.76, 0.85, 0.87],
    RWKV: [0.77, 0.94, 0.97, 0.99],
    H3: [0.93, 1, 0.99, 0.98],
    BaseConv: [0.7, 0.94, 0.97, 1],
  },
  'length=128:pairs=8': {
    attention: [1, 1, 1, 1],
    Hyena: [0.18, 0.65, 0.74, 0.85],
    RWKV: [0.18, 0.5, 0.77, 0.93],
    H3: [0.25, 0.74, 0.92, 0.77],
    BaseConv: [0.38, 0.62, 0.85, 0.97],
  },
  'length=256:pairs=16': {
    attention: [1, 1, 1, 1],
    Hyena: [0.05, 0.13, 0.54, 0.7],
    RWKV: [0.05, 0.06, 0.68, 0.8],
    H3: [0.08, 0.65, 0.62, 0.67],
    BaseConv: [0.14, 0.34, 0.82, 0.95],
  },
  'length=512:pairs=64': {
    attention: [1, 1, 1, 1],
    Hyena: [0.01, 0.03, 0.1, 0.18],
    RWKV: [0.01, 0.02, 0.15, 0.37],
    H3: [0.01, 0.02, 0.03, 0.09],
    BaseConv: [0.02, 0.03, 0.04, 0.72],
  },
}

export const mqarFigures: readonly PublishedFigure[] = Object.entries(curves).flatMap(([setting, models]) =>
  Object.entries(models).flatMap(([model, values]) =>
    values.map((value, i) => ({
      model: `${model}, width ${widths[i]}`,
      setting,
      metric: 'accuracy',
      value,
      from: 'Arora et al. 2023, arXiv:2312.04927, figure 2',
      warning:
        'Read off the plot, about ±0.03. Two layers without channel mixers, 100,000 training examples, the best of four learning rates.',
    })),
  ),
)
