/**
 * SCAN: navigation commands to be turned into actions, `jump twice` → `I_JUMP I_JUMP`.
 *
 * Read from the corpus `scan`, a folder with the published split files. Training lines that are repeated there (the
 * primitive of an add split, about a tenth of it) stay repeated. There is no published validation part: it is every
 * twentieth of the training lines that occur once. Exact match of the whole output.
 */
import { z } from 'zod'
import { platform } from '../../platform/index.js'
import { defineTask } from '../task.js'
import { type Pair, readPairs, translations } from './translation.js'

const files = {
  simple: ['simple_split', 'simple'],
  length: ['length_split', 'length'],
  'add-jump': ['add_prim_split', 'addprim_jump'],
  'add-turn-left': ['add_prim_split', 'addprim_turn_left'],
} as const
type Split = keyof typeof files
const splits = Object.keys(files) as [Split, ...Split[]]
/** One in so many training lines validates. */
const validating = 20

export const scan = defineTask({
  kind: 'examples',
  id: 'scan',
  group: 'state-tracking',
  title: 'SCAN',
  shows: 'Whether known words are understood in new combinations and at greater length.',
  source: {
    title:
      'Generalization without Systematicity: On the Compositional Skills of Sequence-to-Sequence Recurrent Networks',
    authors: 'Lake, Baroni',
    year: 2018,
    arxiv: '1711.00350',
    note: 'The published splits, from easy to hard: simple, add-turn-left, length (trained to 22 actions, tested from 24), add-jump. Theirs is an encoder and a decoder; here one model reads the command, then writes the actions.',
  },
  config: z.strictObject({
    split: z.enum(splits).default('simple').describe('the published division into training and test commands'),
  }),
  metric: 'exact',
  corpus: 'scan',
  published: (
    [
      ['simple', 0.998],
      ['add-turn-left', 0.903],
      ['length', 0.138],
      ['add-jump', 0.0008],
    ] as const
  ).map(([split, value]) => ({
    model: 'LSTM, overall best',
    setting: `split ${split}`,
    metric: 'exact match',
    value,
    from: 'recollection of Lake and Baroni 2018',
    warning: 'unverified: no copy of the paper with its numbers could be read',
  })),

  async open({ split }, corpora) {
    const folder = await corpora.path('scan')
    const [directory, name] = files[split]
    const read = (part: 'train' | 'test') =>
      readPairs(
        platform().files.join(folder, directory, `tasks_${part}_${name}.txt`),
        '"IN: command OUT: actions"',
        parseLine,
      )
    const [train, test] = await Promise.all([read('train'), read('test')])
    return translations('scan', { ...withValidation(train), test })
  },
})

function parseLine(line: string): Pair | undefined {
  const [, input, output] = /^IN: (.*\S) OUT: (.*\S)\s*$/.exec(line) ?? []
  return input && output ? { input: input.split(/\s+/), output: output.split(/\s+/) } : undefined
}

function withValidation(pairs: readonly Pair[]): { train: Pair[]; validation: Pair[] } {
  const times = new Map<string, number>()
  const key = ({ input }: Pair) => input.join(' ')
  for (const pair of pairs) times.set(key(pair), (times.get(key(pair)) ?? 0) + 1)
  const once = pairs.filter((pair) => times.get(key(pair)) === 1)
  const validation = once.filter((_, index) => index % validating === 0)
  const held = new Set(validation)
  return { train: pairs.filter((pair) => !held.has(pair)), validation }
}
