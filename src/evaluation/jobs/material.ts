/** What a job trains on and is tested on, opened: a task's examples, or a text. */
import { openCorpus, parseTokenizer, type Split, type Tokenizer } from '../../data/index.js'
import type { ModelConfigInput } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import {
  type ChosenTask,
  type Corpora,
  configOf,
  type ExampleSource,
  type ExampleTask,
  modelInterface,
  type TextPart,
  type TextTask,
} from '../../tasks/index.js'
import { exampleData, type TrainingData, textData } from '../../training/index.js'

export type Material = ExampleMaterial | TextMaterial

interface MaterialBase {
  /** What a model takes in and gives out. */
  readonly interface: Partial<ModelConfigInput>
  readonly data: TrainingData
  close(): Promise<void>
}

export interface ExampleMaterial extends MaterialBase {
  readonly kind: 'examples'
  readonly task: ExampleTask
  readonly source: ExampleSource
  /** The same task at another value of its difficulty. */
  at(difficulty: number): Promise<ExampleSource>
}

export interface TextMaterial extends MaterialBase {
  readonly kind: 'text'
  readonly task: TextTask
  readonly tokenizer: Tokenizer
  readonly split: Split
  openTest(): ReturnType<typeof openCorpus>
}

export interface MaterialOptions {
  readonly corpora: Corpora
  /** Where the tokens of large texts are kept. */
  readonly cacheFolder?: string
  /** A tokenizer, or byte, char, word or bpe:FILE, instead of the text's own. */
  readonly tokenizer?: string | Tokenizer
}

/** @throws UserError for probes, which nothing learns from, and for what the task refuses */
export async function openMaterial({ task, config }: ChosenTask, options: MaterialOptions): Promise<Material> {
  if (task.kind === 'examples') return openExamples(task, config, options)
  if (task.kind === 'text') return openText(task, config, options)
  throw new UserError(`task ${task.id}: is a probe and has nothing to learn from – train on a text, then seqlab eval`)
}

async function openExamples(
  task: ExampleTask,
  config: ChosenTask['config'],
  { corpora, tokenizer }: MaterialOptions,
): Promise<ExampleMaterial> {
  if (tokenizer !== undefined) {
    const got = typeof tokenizer === 'object' ? tokenizer.kind : tokenizer
    throw new UserError(`--tokenizer: task ${task.id} has tokens of its own, got ${got} – leave it out`)
  }
  const source = await task.open(config, corpora)
  // Settings may leave a part without examples, which is better told now than in the middle of training.
  for (const part of ['train', 'validation', 'test'] as const) source.example(part, 0)
  return {
    kind: 'examples',
    task,
    source,
    interface: modelInterface(source),
    data: exampleData(task.metric, source),
    async at(difficulty) {
      if (!task.difficulty) throw new UserError(`task ${task.id}: has no difficulty to vary – leave --difficulty out`)
      return task.open(configOf(task, { ...config, [task.difficulty.setting]: difficulty }), corpora)
    },
    close: async () => {},
  }
}

async function openText(
  task: TextTask,
  config: ChosenTask['config'],
  { corpora, cacheFolder, tokenizer: choice }: MaterialOptions,
): Promise<TextMaterial> {
  const text = await task.open(config, corpora)
  const tokenizer =
    typeof choice === 'object' ? choice : await parseTokenizer(choice ?? text.tokenizer, text.train.path)
  const open = ({ path, range }: TextPart, part: string) =>
    openCorpus(path, tokenizer, { range, cacheFolder, name: `${part} part of ${task.id}` })
  const train = await open(text.train, 'training')
  const validation = await open(text.validation, 'validation')
  const close = async () => {
    await train.close()
    await validation.close()
  }
  const split = { train, validation, close }
  return {
    kind: 'text',
    task,
    tokenizer,
    split,
    interface: { input: { kind: 'tokens', vocabulary: tokenizer.vocabularySize } },
    data: textData(split),
    openTest: () => open(text.test ?? text.validation, text.test ? 'test' : 'validation'),
    close,
  }
}
