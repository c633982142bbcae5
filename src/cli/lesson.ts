/** What train learns from: a text with its tokenizer, or a task. */
import { loadModel } from '../checkpoints/index.js'
import { openSplit, parseTokenizer, resolveCorpus, type Tokenizer, tokenizerFromJSON } from '../data/index.js'
import type { TensorData } from '../engine/index.js'
import { openMaterial } from '../evaluation/jobs/material.js'
import type { Model, ModelConfigInput } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { isPublished, publishedTokenizerOf } from '../serving/index.js'
import { choiceText } from '../tasks/index.js'
import { canonicalJson, type JsonObject, readJson } from '../training/canonical-json.js'
import {
  latestCheckpoint,
  loadRun,
  type Origin,
  openRun,
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
  /** What to start from. */
  readonly initial?: Start
  /** Configuration of the model, where it goes on from one. */
  readonly model?: object
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

/** A model to start from: of another run, or of a folder in the layout of Hugging Face. */
export interface Start {
  readonly path: string
  readonly model: Model
  readonly tokenizer?: Tokenizer
  readonly origin?: Origin
  readonly parameters: Readonly<Record<string, TensorData>>
}

async function startFrom(path: string): Promise<Start> {
  if (!(await isPublished(path))) return { path, ...(await loadRun(path)) }
  const { model, parameters, origin } = await loadModel(path)
  return { path, model, parameters, origin, tokenizer: await publishedTokenizerOf(path, model) }
}

/** @throws UserError unless just one of a text and a task is given, and when it cannot be opened */
export async function openLesson(options: LessonOptions, settings: TrainingRunSettings): Promise<Lesson> {
  if ((options.data === undefined) === (options.task === undefined)) {
    const got = options.data === undefined ? 'neither' : 'both'
    throw new UserError(`train: give either --data FILE or --task NAME, got ${got} – seqlab tasks lists the tasks`)
  }
  const isUnderWay = options.resume === true && (await latestCheckpoint(options.out)) !== undefined
  const initial = options.initFrom !== undefined && !isUnderWay ? await startFrom(options.initFrom) : undefined
  const lesson =
    options.task === undefined
      ? await textLesson(options, options.data as string, settings, isUnderWay, initial)
      : await taskLesson(options, options.task, isUnderWay, initial)
  const model = isUnderWay ? (await openRun(options.out)).configuration.model : initial?.model.config
  return {
    ...lesson,
    initial,
    model: model as object | undefined,
    record: { ...lesson.record, initFrom: options.initFrom ?? null },
  }
}

const defaultTokenizer = 'char'

async function textLesson(
  { tokenizer: given, initFrom, out }: LessonOptions,
  nameOrPath: string,
  { validation }: TrainingRunSettings,
  isUnderWay: boolean,
  initial: Start | undefined,
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
  initial: Start | undefined,
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

/** What text becomes tokens with: that of the model to start from, whose weights mean its tokens, or else the one chosen. */
async function startingTokenizer(
  given: string | undefined,
  corpus: string,
  initial: Start | undefined,
): Promise<Tokenizer> {
  if (!initial?.tokenizer) return parseTokenizer(given ?? defaultTokenizer, corpus)
  if (
    given === undefined ||
    canonicalJson((await parseTokenizer(given, corpus)).toJSON()) === canonicalJson(initial.tokenizer.toJSON())
  )
    return initial.tokenizer
  throw new UserError(
    `--tokenizer: "${given}" gives other tokens than ${initial.path} was trained with – leave it out to keep those`,
  )
}
