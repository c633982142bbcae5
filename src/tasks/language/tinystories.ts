/** TinyStories: stories in the words of a small child, or a sample of them. */
import { z } from 'zod'
import { divide, sizeOf } from '../../data/index.js'
import { defineText, type PublishedFigure } from '../task.js'
import { textOf } from './text.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'the full data set, a vocabulary of 32,000 subwords',
  metric: 'nats per token on the validation part',
  value,
  from: 'README of karpathy/llama2.c',
  warning: 'trained on the full set: not comparable with a sample, nor per token with another vocabulary',
})

export const tinystories = defineText({
  id: 'tinystories',
  kind: 'text',
  group: 'language',
  title: 'TinyStories',
  shows: 'Whether a small model learns to tell a coherent story, where the words are few.',
  source: {
    title: 'TinyStories: How Small Can Language Models Be and Still Speak Coherent English?',
    authors: 'Eldan and Li',
    year: 2023,
    arxiv: '2305.07759',
    note: 'Stories follow each other after <|endoftext|>; the first 90 % of the text trains, so a story may lie across the border.',
  },
  published: [
    figure('Transformer, 15 million parameters', 1.072),
    figure('Transformer, 42 million parameters', 0.847),
    figure('Transformer, 110 million parameters', 0.76),
  ],
  config: z.strictObject({
    unit: z.enum(['byte', 'char', 'word']).default('byte').describe('what the text is read in'),
  }),
  async open({ unit }, corpora) {
    const path = await textOf(corpora, 'tinystories')
    const [train, validation, test] = await divide(path, await sizeOf(path), [0.9, 0.95])
    return {
      train: { path, range: train },
      validation: { path, range: validation },
      test: { path, range: test },
      tokenizer: unit,
    }
  },
})
