/**
 * The twenty bAbI tasks, read from the files of the corpus `babi`: a story, a question, and one word that answers it.
 *
 *   mary moved to the bathroom . john went to the hallway . where is mary ?     bathroom
 */
import { z } from 'zod'
import { loaded } from '../loaded.js'
import { defineTask, type Example, type Part, type PublishedFigure } from '../task.js'
import { readStories, type StoryQuestion } from './babi-file.js'
import { examplesOf, shownIn } from './questions.js'

const tasks = 20
/** The last tenth of the training stories is held out, as for memory networks. */
const validationShare = 0.1

const memoryNetwork = (setting: string, error: number, from: string): PublishedFigure => ({
  model: 'end-to-end memory network',
  setting,
  metric: 'accuracy',
  value: (100 - error) / 100,
  from: `test error of ${error} % (1,000 questions a task), README of ${from}`,
  warning:
    'mean over the 20 tasks; sentences are bags of words with position encoding, trained with linear start and random noise',
})

export const babi = defineTask({
  kind: 'examples',
  id: 'babi',
  group: 'reasoning',
  title: 'bAbI',
  shows: 'Whether a model keeps track of what a story says: facts, lists, places, times, motives.',
  source: {
    title: 'Towards AI-Complete Question Answering: A Set of Prerequisite Toy Tasks',
    authors: 'Weston, Bordes, Chopra, Rush, van Merriënboer, Joulin, Mikolov',
    year: 2015,
    arxiv: '1502.05698',
    note: 'Supporting facts are not used. The last tenth of the training stories validates. Questions of the test files that stand in the training files too, story and all, are taken out of these.',
  },
  config: z.strictObject({
    task: z.int().min(0).max(tasks).default(0).describe('which of the 20 tasks; 0 for all together'),
    statements: z.int().min(1).max(1000).default(50).describe('how many of the last statements of a story are kept'),
  }),
  published: [
    memoryNetwork('each task by itself', 13.8, 'vinhkhuc/MemN2N-babi-python, of the original in Matlab'),
    memoryNetwork('task=0', 12.4, 'vinhkhuc/MemN2N-babi-python, of the original in Matlab'),
    memoryNetwork('each task by itself', 15.2, 'vinhkhuc/MemN2N-babi-python'),
    memoryNetwork('task=0', 12.9, 'vinhkhuc/MemN2N-babi-python'),
  ],
  metric: 'accuracy',
  corpus: 'babi',
  async open({ task, statements }, corpora) {
    const numbers = task === 0 ? Array.from({ length: tasks }, (_, i) => i + 1) : [task]
    const files = await readTasks(numbers, await corpora.path('babi'))
    const vocabulary = wordsIn(Object.values(files).flat())
    const exampleOf = examplesOf(vocabulary)
    const examples = (questions: readonly StoryQuestion[]) =>
      questions.map(({ statements: story, question, answer }) =>
        exampleOf({ question: [...story.slice(-statements).flat(), ...question], answer: [answer] }),
      )
    const test = examples(files.test)
    const validation = without(examples(files.validation), test)
    const train = without(examples(files.train), [...test, ...validation])
    return loaded({
      task: 'babi',
      input: { kind: 'tokens', vocabulary: vocabulary.length },
      output: { kind: 'tokens' },
      chance: commonestAnswer(test),
      show: shownIn(vocabulary, ' '),
      parts: { train, validation, test },
    })
  },
})

type Files = Record<Part, StoryQuestion[]>

async function readTasks(numbers: readonly number[], folder: string): Promise<Files> {
  const all: Files = { train: [], validation: [], test: [] }
  for (const number of numbers) {
    const train = await readStories(folder, number, 'train')
    const held = Math.floor((1 - validationShare) * ((train.at(-1)?.story ?? 0) + 1))
    all.train.push(...train.filter(({ story }) => story < held))
    all.validation.push(...train.filter(({ story }) => story >= held))
    all.test.push(...(await readStories(folder, number, 'test')))
  }
  return all
}

/** All words, in alphabetical order. */
function wordsIn(questions: readonly StoryQuestion[]): string[] {
  // The questions of a story share its statements.
  const sentences = new Set<readonly string[]>()
  for (const { statements, question, answer } of questions)
    for (const sentence of [...statements, question, [answer]]) sentences.add(sentence)
  return [...new Set([...sentences].flat())].sort()
}

/** The examples whose inputs are not among those of others. */
function without(examples: readonly Example[], others: readonly Example[]): Example[] {
  const taken = new Set(others.map(({ inputs }) => inputs.join()))
  return examples.filter(({ inputs }) => !taken.has(inputs.join()))
}

/** The share of the answer that is given most often. */
function commonestAnswer(examples: readonly Example[]): number {
  const counts = new Map<number, number>()
  for (const { targets } of examples) {
    const answer = targets[targets.length - 1]
    counts.set(answer, (counts.get(answer) ?? 0) + 1)
  }
  return Math.max(...counts.values()) / examples.length
}
