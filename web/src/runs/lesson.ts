/** What a plan learns from, opened from this browser's files. */
import { openSplit, parseTokenizer, type Tokenizer, tokenizerFromJSON } from 'seqlab/data'
import { openMaterial } from 'seqlab/evaluation'
import type { ModelConfigInput } from 'seqlab/models'
import { platform, UserError } from 'seqlab/platform'
import { registeredTask } from 'seqlab/tasks'
import { type TrainingData, type TrainingRunSettings, textData } from 'seqlab/training'
import { textPath } from './places.js'
import type { Plan } from './plan.js'
import { provideText } from './texts.js'

export interface Lesson {
  readonly data: TrainingData
  /** What a model for it takes in and gives out. */
  readonly interface: Partial<ModelConfigInput>
  readonly tokenizer?: Tokenizer
  /** Tokens of a sequence, where they are not free to choose. */
  readonly context?: number
  /** What the run's configuration says of it, as the command line writes it. */
  readonly record: Readonly<Record<string, string | null>>
  close(): Promise<void>
}

export async function openLesson(
  { lesson, tokenizer: choice }: Plan,
  { validation }: TrainingRunSettings,
  own?: Tokenizer,
): Promise<Lesson> {
  if (lesson.kind === 'task') {
    const chosen = await registeredTask(lesson.choice)
    const material = await openMaterial(chosen, { corpora: { path: refuseCorpus } })
    const record = { task: lesson.choice, tokenizer: null, initFrom: null }
    return material.kind === 'text' ? { ...material, record } : { ...material, context: material.source.length, record }
  }
  await provideText(lesson.name)
  const path = textPath(lesson.name)
  const tokenizer = own ?? (await parseTokenizer(choice, path))
  const split = await openSplit(path, tokenizer, { validation })
  const dataSha256 = await platform().sha256(platform().files.stream(path))
  return {
    data: textData(split),
    interface: { input: { kind: 'tokens', vocabulary: tokenizer.vocabularySize } },
    tokenizer,
    record: { data: path, dataSha256, tokenizer: choice, initFrom: null },
    close: split.close,
  }
}

/** A run's own tokenizer, once it has one. */
export async function tokenizerOf(run: string): Promise<Tokenizer | undefined> {
  const { files } = platform()
  const path = files.join(run, 'tokenizer.json')
  if (!(await files.exists(path))) return undefined
  return tokenizerFromJSON(JSON.parse(new TextDecoder().decode(await files.read(path))))
}

async function refuseCorpus(name: string): Promise<never> {
  throw new UserError(`This task needs the corpus ${name}, which may not be passed on – use it with the command line`)
}
