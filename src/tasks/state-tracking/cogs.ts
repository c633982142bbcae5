/**
 * COGS: English sentences to be turned into logical forms.
 *
 * Read from the corpus `cogs`, a folder with train.tsv, dev.tsv and test.tsv (sentence, logical form, kind of example),
 * and gen.tsv for the generalization set. Words are what blanks separate. Exact match of the whole form.
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { defineTask } from '../task.js'
import { type Pair, readPairs, translations } from './translation.js'

const testFiles = { 'in-distribution': 'test.tsv', generalization: 'gen.tsv' } as const

export const cogs = defineTask({
  kind: 'examples',
  id: 'cogs',
  group: 'state-tracking',
  title: 'COGS',
  shows: 'Whether meanings are composed: words in roles, and phrases at depths, that training did not show.',
  source: {
    title: 'COGS: A Compositional Generalization Challenge Based on Semantic Interpretation',
    authors: 'Kim, Linzen',
    year: 2020,
    arxiv: '2010.05465',
    note: 'The published parts, from easy to hard: in-distribution, generalization. Theirs is an encoder and a decoder; here one model reads the sentence, then writes the form.',
  },
  config: z.strictObject({
    test: z
      .enum(['in-distribution', 'generalization'])
      .default('in-distribution')
      .describe('test.tsv, or the generalization set gen.tsv where the corpus has it'),
  }),
  metric: 'exact',
  corpus: 'cogs',
  published: [
    ['in-distribution', 0.96, 'lowest'],
    ['in-distribution', 0.99, 'highest'],
    ['generalization', 0.16, 'lowest'],
    ['generalization', 0.35, 'highest'],
  ].map(([set, value, which]) => ({
    model: `Transformers and LSTMs, ${which}`,
    setting: `${set} test set`,
    metric: 'exact match',
    value: Number(value),
    from: 'abstract of the paper',
    warning: set === 'generalization' ? 'varies by ±6–8 % with the seed' : 'the abstract gives a range over models',
  })),

  async open({ test }, corpora) {
    const folder = await corpora.path('cogs')
    const { files } = platform()
    const testPath = files.join(folder, testFiles[test])
    if (test === 'generalization' && !(await files.exists(testPath))) {
      throw new UserError(
        `task cogs: test=generalization needs the published gen.tsv, and ${testPath} is not there – add it, or use test=in-distribution`,
      )
    }
    const read = (path: string) => readPairs(path, 'sentence, logical form and kind between tabs', parseLine)
    const [train, validation, tested] = await Promise.all([
      read(files.join(folder, 'train.tsv')),
      read(files.join(folder, 'dev.tsv')),
      read(testPath),
    ])
    return translations('cogs', { train, validation, test: tested })
  },
})

function parseLine(line: string): Pair | undefined {
  const columns = line.split('\t').map((column) => column.trim())
  if (columns.length !== 3 || columns.includes('')) return undefined
  const [input, output] = columns.map((column) => column.split(/\s+/))
  return { input, output }
}
