/** BLiMP: pairs of sentences of which one is good English. */
import { z } from 'zod'
import { filesIn } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { defineProbe, type PublishedFigure } from '../task.js'
import { parsedLines } from './lines.js'

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'all 67 paradigms',
  metric: 'accuracy, mean over paradigms',
  value,
  from: 'models_summary.jsonl of alexwarstadt/blimp',
  warning: 'tables of the paper were misreported: this file has the corrected figures',
})

export const blimp = defineProbe({
  id: 'blimp',
  kind: 'probe',
  group: 'language',
  title: 'BLiMP',
  shows: 'What a model knows of grammar, phenomenon by phenomenon, without being asked in words.',
  source: {
    title: 'BLiMP: The Benchmark of Linguistic Minimal Pairs for English',
    authors: 'Warstadt et al.',
    year: 2020,
    arxiv: '1912.00582',
    note: 'The good sentence must be likelier as a whole, read after the end of a line.',
  },
  published: [figure('n-gram', 0.612), figure('LSTM', 0.698), figure('Transformer-XL', 0.696), figure('GPT-2', 0.83)],
  config: z.strictObject({
    paradigm: z.string().default('').describe('one paradigm alone, by the name of its file; all by default'),
    apart: z
      .boolean()
      .default(false)
      .describe(
        'set punctuation apart, as texts for word-level models have it; else words with a full stop are unknown',
      ),
  }),
  async open({ paradigm, apart }, corpora) {
    const { files } = platform()
    const folder = await corpora.path('blimp')
    const found = (await filesIn(folder)).filter((file) => file.endsWith('.jsonl') && !file.endsWith(summary))
    const chosen = paradigm === '' ? found : found.filter((file) => nameOf(file) === paradigm)
    if (chosen.length === 0) throw noParadigm(folder, paradigm, found)
    const write = apart ? setApart : (sentence: string) => sentence
    const groups = chosen.map(async (file) => {
      const pairs = await parsedLines(files.join(folder, file), pair)
      return pairs.map(({ sentence_good, sentence_bad }) => ({
        group: nameOf(file),
        context: '',
        choices: [write(sentence_good), write(sentence_bad)],
      }))
    })
    return { chance: 0.5, items: (await Promise.all(groups)).flat() }
  },
})

const summary = 'models_summary.jsonl'
const pair = { sentence_good: z.string().min(1), sentence_bad: z.string().min(1) }

const nameOf = (file: string) => file.replace(/^.*\//, '').replace(/\.jsonl$/, '')

/** As WikiText has it: `doesn't.` is `doesn 't .` */
const setApart = (sentence: string) => sentence.replace(/(?=['’.,;:?!])/g, ' ').replace(/\s+/g, ' ')

function noParadigm(folder: string, paradigm: string, found: readonly string[]): UserError {
  if (found.length > 0) {
    return new UserError(
      `blimp: paradigm must be one of the ${found.length} in ${folder}, got ${JSON.stringify(paradigm)} – the first are ${found.slice(0, 5).map(nameOf).join(', ')}`,
    )
  }
  return new UserError(
    `blimp: ${folder} has no .jsonl file – register the folder data of alexwarstadt/blimp: seqlab data add blimp PATH`,
  )
}
