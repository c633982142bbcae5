/** WikiText-2: articles of Wikipedia, as prepared for word-level models. */
import { z } from 'zod'
import { fileOf } from '../corpora.js'
import { defineText } from '../task.js'
import { wikitextFigures } from './wikitext-figures.js'

export const wikitext = defineText({
  id: 'wikitext-2',
  kind: 'text',
  group: 'language',
  title: 'WikiText-2',
  shows: 'How well a model predicts the words of articles it can only partly memorise.',
  source: {
    title: 'Pointer Sentinel Mixture Models',
    authors: 'Merity et al.',
    year: 2016,
    arxiv: '1609.07843',
    note: 'The prepared text, in which rare words are <unk>; each line ends in <eos>, which counts as a word.',
  },
  published: wikitextFigures,
  config: z.strictObject({
    unit: z
      .enum(['word', 'byte'])
      .default('word')
      .describe('words as published, or bytes of the same prepared text, for bits per byte'),
  }),
  async open({ unit }, corpora) {
    const part = async (file: string) => ({ path: await fileOf(corpora, 'wikitext-2', file) })
    return {
      train: await part('train.txt'),
      validation: await part('valid.txt'),
      test: await part('test.txt'),
      tokenizer: unit,
    }
  },
})
