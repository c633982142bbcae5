/** LAMBADA: the last word of a passage, which takes the whole passage to guess. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { fileOf } from '../corpora.js'
import { defineProbe, type ProbeItem, type PublishedFigure } from '../task.js'
import { linesOf, parsedLines } from './lines.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'version=test',
  metric: 'accuracy',
  value,
  from: 'Radford et al. 2019, table 3, a copy of its text',
  warning: 'subwords, and with a filter of stop words: the protocol alone moves this figure by many points',
})

/** The form that GPT-2 was tested on, and the original one, in lower case with punctuation set apart. */
const versions = {
  test: 'lambada_test.jsonl',
  'test-tokenized': 'lambada_test_plain_text.txt',
  'development-tokenized': 'lambada_development_plain_text.txt',
} as const

export const lambada = defineProbe({
  id: 'lambada',
  kind: 'probe',
  group: 'language',
  title: 'LAMBADA',
  shows: 'Whether a model uses a whole passage: people guess its last word from that, and not from the last sentence.',
  source: {
    title: 'The LAMBADA dataset: Word prediction requiring a broad discourse context',
    authors: 'Paperno et al.',
    year: 2016,
    arxiv: '1606.06031',
    note: 'Each token of the last word must be the likeliest. Figures compare only between models of one tokenizer: a word is one choice for a word model, several in a row for others, and a word outside the vocabulary counts as wrong.',
  },
  published: [
    figure('GPT-2, 117 million parameters', 0.4599),
    figure('GPT-2, 345 million parameters', 0.5548),
    figure('GPT-2, 762 million parameters', 0.6012),
    figure('GPT-2, 1542 million parameters', 0.6324),
  ],
  config: z.strictObject({
    version: z
      .enum(Object.keys(versions) as [keyof typeof versions])
      .default('test')
      .describe('plain text as OpenAI restored it, or the original: lower case, punctuation set apart'),
  }),
  async open({ version }, corpora) {
    const path = await fileOf(corpora, 'lambada', versions[version])
    const passages = path.endsWith('.jsonl')
      ? (await parsedLines(path, { text: z.string() })).map(({ text }) => text)
      : await linesOf(path)
    return { chance: 0, items: passages.map((passage, line) => lastWord(passage, version, `${path}:${line + 1}`)) }
  },
})

function lastWord(passage: string, group: string, place: string): ProbeItem {
  const [, context, word] = /^(.*\S)\s+(\S+)\s*$/s.exec(passage) ?? []
  if (word) return { group, context, choices: [` ${word}`] }
  throw new UserError(`${place}: expected a passage of two words or more – restore the file from its source`)
}
