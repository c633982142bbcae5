/** Tiny Shakespeare: a megabyte of plays, which comes with the package. */
import { z } from 'zod'
import { divide, sizeOf } from '../../data/index.js'
import { defineText } from '../task.js'

export const tinyshakespeare = defineText({
  id: 'tinyshakespeare',
  kind: 'text',
  group: 'language',
  title: 'Tiny Shakespeare',
  shows: 'How much of spelling, words and verse a model picks up from a megabyte of plays.',
  source: {
    title: 'The Unreasonable Effectiveness of Recurrent Neural Networks',
    authors: 'Karpathy',
    year: 2015,
    note: 'The text of char-rnn in the split of nanoGPT: the first 90 % train, the rest validates.',
  },
  published: [
    {
      model: 'GPT, 6 layers, width 384, context 256',
      setting: 'unit=char',
      metric: 'nats per character, best on the validation part',
      value: 1.4697,
      from: 'README of nanoGPT',
      warning: '5,000 steps of 64 sequences on a graphics processor: far more than a small comparison takes',
    },
    {
      model: 'GPT, 4 layers, width 128, context 64',
      setting: 'unit=char',
      metric: 'nats per character on the validation part',
      value: 1.88,
      from: 'README of nanoGPT',
      warning: 'estimated on samples of the validation part; 2,000 steps of 12 sequences',
    },
  ],
  config: z.strictObject({
    unit: z.enum(['char', 'byte', 'word']).default('char').describe('what the text is read in'),
  }),
  async open({ unit }, corpora) {
    const path = await corpora.path('tinyshakespeare')
    const [train, validation] = await divide(path, await sizeOf(path), [0.9])
    return { train: { path, range: train }, validation: { path, range: validation }, tokenizer: unit }
  },
})
