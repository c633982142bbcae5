/** What train learns from: a text with its tokenizer, or a task. */
import { openSplit, parseTokenizer, resolveCorpus, type Tokenizer, tokenizerFromJSON } from '../data/index.js'
import { openMaterial } from '../evaluation/index.js'
import type { ModelConfigInput } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { choiceText } from '../tasks/index.js'
import { canonicalJson, type JsonObject, readJson } from '../training/canonical-json.js'
import {
  type LoadedRun,
  latestCheckpoint,
  loadRun,
  type TrainingData,
  type TrainingRunSettings,
  textData,
} from '../training/index.js'
import { dataHome, tokensFolder } from './home.js'
import { userCorpora } from './jobs.js'
import { tokensOf } from './model.js'
import { taskFrom } from './task.js'

export interface Lesson {
  readonly data: TrainingData
  /** What a model for it takes in and gives out. */
  readonly interface: Partial<ModelConfigInput>
  readonly tokenizer?: Tokenizer
  /** Tokens of a sequence, where they are not free to choose. */
  readonly context?: number
  /** The run to start from. */
  readonly initial?: LoadedRun
  /** What the run's configuration says of it. */
  readonly record: JsonObject
  close(): Promise<void>
}

export interface LessonOptions {
  readonly data?: string
  readonly task?: string
  /** As given; undefined where the default is to hold. */
  readonly tokenizer?: string
  readonly initFrom?: string
  readonly resume?: boolean
  readonly out: string
}

/** @throws UserError unless just one of a text and a task is given, and when it cannot be opened */
export async function openLesson(options: LessonOptions, settings: TrainingRunSettings): Promise<Lesson> {
  if ((options.data === undefined) === (options.task === undefined)) {
    const got = options.data === undefined ? 'neither' : 'both'
    throw new UserError(`train: give either --data FILE or --task NAME, got ${got} – seqlab tasks lists the tasks`)
  }
  const isUnderWay = options.resume === true && (await latestCheckpoint(options.out)) !== undefined
  const initial = options.initFrom !== undefined && !isUnderWay ? await loadRun(options.initFrom) : undefined
  const lesson =
    options.task === undefined
      ? await textLesson(options, options.data as string, settings, isUnderWay, initial)
      : await taskLesson(options, options.task, isUnderWay, initial)
  return { ...lesson, initial, record: { ...lesson.record, initFrom: options.initFrom ?? null } }
}

const defaultTokenizer = 'char'

async function textLesson(
  { tokenizer: given, initFrom, out }: LessonOptions,
  nameOrPath: string,
  { validation }: TrainingRunSettings,
  isUnderWay: boolean,
  initial: LoadedRun | undefined,
): Promise<Lesson> {
  const { path } = await resolveCorpus({ home: dataHome(), nameOrPath })
  const tokenizer = isUnderWay ? await ownTokenizer(out) : await startingTokenizer(given, path, initial)
  const split = await openSplit(path, tokenizer, { validation, cacheFolder: tokensFolder() })
  return {
    data: textData(split),
    interface: tokensOf(tokenizer),
    tokenizer,
    record: {
      data: path,
      dataSha256: await platform().sha256(platform().files.stream(path)),
      tokenizer: initFrom === undefined ? (given ?? defaultTokenizer) : (given ?? null),
    },
    close: split.close,
  }
}

async function taskLesson(
  { tokenizer: given, out }: LessonOptions,
  choice: string,
  isUnderWay: boolean,
  initial: LoadedRun | undefined,
): Promise<Lesson> {
  const chosen = await taskFrom(choice)
  const own = chosen.task.kind === 'text' && (isUnderWay ? await ownTokenizer(out) : initial?.tokenizer)
  const tokenizer = own || given
  const options = { corpora: userCorpora(), cacheFolder: tokensFolder(), ...(tokenizer !== undefined && { tokenizer }) }
  const material = await openMaterial(chosen, options)
  const record = { task: choiceText(chosen, chosen.file), tokenizer: given ?? null }
  return material.kind === 'text' ? { ...material, record } : { ...material, context: material.source.length, record }
}

const ownTokenizer = async (run: string) =>
  tokenizerFromJSON(await readJson(platform().files.join(run, 'tokenizer.json')))

/** What text becomes tokens with: that of the run to start from, whose weights mean its tokens, or else the one chosen. */
async function startingTokenizer(
  given: string | undefined,
  corpus: string,
  initial: LoadedRun | undefined,
): Promise<Tokenizer> {
  if (!initial?.tokenizer) return parseTokenizer(given ?? defaultTokenizer, corpus)
  if (
    given === undefined ||
    canonicalJson((await parseTokenizer(given, corpus)).toJSON()) === canonicalJson(initial.tokenizer.toJSON())
  )
    return initial.tokenizer
  throw new UserError(
    `--tokenizer: "${given}" gives other tokens than ${initial.run.path} was trained with – leave it out to keep those`,
  )
}
