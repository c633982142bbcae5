/** enwik8: bytes of Wikipedia with its markup. */
import { z } from 'zod'
import { divide, sizeOf } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import { defineText, type PublishedFigure } from '../task.js'
import { textOf } from './text.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'bytes=100000000',
  metric: 'test bits per byte',
  value,
  from: 'Dai et al. 2019 (arXiv:1901.02860), table 2, a copy of its text',
  warning: 'trained on the first 90 MB and tested on the last 5 MB of all 100 MB: not comparable with a shorter prefix',
})

export const enwik8 = defineText({
  id: 'enwik8',
  kind: 'text',
  group: 'language',
  title: 'enwik8, the first bytes of it',
  shows: 'How far a model compresses text, markup and tables, with nothing left out.',
  source: {
    title: 'Large Text Compression Benchmark',
    authors: 'Mahoney',
    year: 2006,
    note: 'A prefix of the corpus, divided 90 : 5 : 5 as the whole one is.',
  },
  published: [
    figure('Transformer, 12 layers', 1.11),
    figure('Transformer-XL, 12 layers, 41 million parameters', 1.06),
    figure('Transformer-XL, 18 layers', 1.03),
    figure('Transformer-XL, 24 layers', 0.99),
  ],
  config: z.strictObject({
    bytes: z
      .number()
      .int()
      .min(100)
      .default(1_000_000)
      .describe('how much of the beginning is used, so that results on copies of any length compare'),
  }),
  async open({ bytes }, corpora) {
    const path = await textOf(corpora, 'enwik8')
    const size = await sizeOf(path)
    if (bytes > size) {
      throw new UserError(
        `enwik8: bytes must be at most ${size}, the size of ${path}, got ${bytes} – use enwik8:bytes=${size}, or a longer file`,
      )
    }
    const [train, validation, test] = await divide(path, bytes, [0.9, 0.95])
    return {
      train: { path, range: train },
      validation: { path, range: validation },
      test: { path, range: test },
      tokenizer: 'byte',
    }
  },
})
