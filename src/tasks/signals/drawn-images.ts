import { z } from 'zod'
import { generated } from '../generated.js'
import { createRandom } from '../random.js'
import { defineTask, type PublishedFigure } from '../task.js'
import { digits } from './digits.js'
import { drawHand, drawPen, rasterized } from './drawing.js'

const figure =
  (setting: string) =>
  (model: string, percent: number): PublishedFigure => ({
    model,
    setting,
    metric: 'accuracy',
    value: percent / 100,
    from: 'Bai, Kolter and Koltun 2018, arXiv:1803.01271, table 1',
    warning: 'for MNIST, whose digits people wrote; grey levels were real values',
  })
const inRows = figure('size=28')
const permuted = figure('size=28:order=permuted')

const shades = ' .:-=+*#%@'

export const drawnImages = defineTask({
  kind: 'examples',
  id: 'drawn-images',
  group: 'signals',
  title: 'Drawn digits, pixel by pixel',
  shows: 'Whether a model puts together an image that it reads one pixel after the other.',
  source: {
    title: 'A Simple Way to Initialize Recurrent Networks of Rectified Linear Units',
    authors: 'Le, Jaitly and Hinton',
    year: 2015,
    arxiv: '1504.00941',
    note: 'There pixel-by-pixel MNIST, in rows or in one random order. Here the digits are drawn by the program: strokes of varied size, slant, turn, place and thickness with noise, in few grey levels.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    size: z.int().min(8).max(28).default(12).describe('pixels of a side; size² positions'),
    levels: z.int().min(2).max(256).default(8).describe('grey levels, each a token'),
    noise: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('deviation of the normal noise on each pixel, of black to white'),
    order: z.enum(['rows', 'permuted']).default('rows').describe('rows, or one random order that all images share'),
  }),
  difficulty: { setting: 'size', values: [8, 12, 16, 20, 24, 28] },
  published: [
    ...[inRows('LSTM', 87.2), inRows('GRU', 96.2), inRows('RNN', 21.5), inRows('TCN', 99)],
    ...[permuted('LSTM', 85.7), permuted('GRU', 87.3), permuted('RNN', 25.3), permuted('TCN', 97.2)],
  ],
  async open({ size, levels, noise, order }) {
    const length = size * size
    const places = [...Array(length).keys()]
    const pixels = order === 'rows' ? places : createRandom(length).shuffled(places)
    const grey = (ink: number) => Math.round(Math.min(Math.max(ink, 0), 1) * (levels - 1))

    return generated({
      task: 'drawn-images',
      input: { kind: 'tokens', vocabulary: levels + digits.length },
      output: { kind: 'tokens' },
      length,
      answers: 1,
      chance: 1 / digits.length,
      draw(random) {
        const digit = random.below(digits.length)
        const hand = drawHand(random)
        const strokes = digits[digit].map((stroke) => stroke.map(hand))
        const ink = rasterized(strokes, drawPen(random, size), size).map((value) => value + noise * random.normal())
        const targets = new Int32Array(length)
        targets[length - 1] = levels + digit
        return {
          inputs: Int32Array.from(pixels, (pixel) => grey(ink[pixel])),
          targets,
          weights: new Float32Array(length).fill(1, length - 1),
        }
      },
      show({ inputs, targets }) {
        const shown = Array<string>(length)
        for (const [position, pixel] of pixels.entries()) {
          shown[pixel] = shades[Math.round((inputs[position] / (levels - 1)) * (shades.length - 1))]
        }
        const rows = Array.from({ length: size }, (_, row) => shown.slice(row * size, (row + 1) * size).join(''))
        return { input: rows.join('\n'), answer: String(targets[length - 1] - levels) }
      },
    })
  },
})
