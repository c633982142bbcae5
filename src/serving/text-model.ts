/** Models that read and write text, from the folder of a training run or from one in the layout of Hugging Face. */
import { openModel, readParameter } from '../checkpoints/index.js'
import { loadPublished, loadPublishedText, publishedTokenizer, type Tokenizer } from '../data/index.js'
import type { ParameterSource } from '../inference/index.js'
import type { Model } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { carriesState, openTextRun } from '../training/index.js'
import type { TextModel } from './served-model.js'

/** Parameters are read from the files when they are asked for. */
export interface OpenTextModel extends TextModel {
  readonly parameters: ParameterSource
  /** Whether it was trained on consecutive windows, its state carried from one to the next. */
  readonly carry: boolean
  /** Tokens that it was trained on at once, where that is known. */
  readonly context?: number
  close(): Promise<void>
}

/** @throws UserError for a folder that is neither, or that cannot be read */
export async function openTextModel(folder: string): Promise<OpenTextModel> {
  return (await isPublished(folder)) ? openPublished(folder) : openTrained(folder)
}

/** Whether the config.json of a folder names an architecture. What cannot be read is no such file, and is told later. */
export async function isPublished(folder: string): Promise<boolean> {
  const { files } = platform()
  const config = files.join(folder, 'config.json')
  if (!(await files.exists(config))) return false
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(await files.read(config)))
    return typeof value === 'object' && value !== null && 'model_type' in value
  } catch {
    return false
  }
}

/** The model of a training run on text. */
export async function openTrained(folder: string): Promise<OpenTextModel> {
  const { model, tokenizer, weights, settings } = await openTextRun(folder)
  return {
    model,
    tokenizer: fitted(tokenizer, model, folder),
    parameters: weights.read,
    begin: [],
    ends: [],
    chat: { specials: {} },
    context: settings.context,
    carry: carriesState(model, settings),
    close: weights.close,
  }
}

/** The model of a folder in the layout of Hugging Face, with the tokenizer that lies there. */
export async function openPublished(folder: string): Promise<OpenTextModel> {
  const { tokenizer, begin, ends, chatTemplate, specials } = await loadPublishedText(folder)
  const checkpoint = await openModel(folder)
  return {
    model: checkpoint.model,
    tokenizer: fitted(tokenizer, checkpoint.model, folder),
    parameters: (path) => readParameter(checkpoint, path),
    begin,
    ends,
    chat: { template: chatTemplate, specials },
    carry: false,
    close: checkpoint.weights.close,
  }
}

/** The tokenizer in a folder in the layout of Hugging Face, for its model; undefined where there is none. */
export async function publishedTokenizerOf(folder: string, model: Model): Promise<Tokenizer | undefined> {
  const path = await publishedTokenizer(folder)
  return path === undefined ? undefined : fitted(await loadPublished(path), model, folder)
}

/** A tokenizer of as many ids as a model has. Tables are often longer than vocabularies; what is beyond is no text. */
function fitted(tokenizer: Tokenizer, { config: { input } }: Model, folder: string): Tokenizer {
  const vocabulary = input.kind === 'tokens' ? input.vocabulary : 0
  if (vocabulary === tokenizer.vocabularySize) return tokenizer
  const known = (id: number) => id < tokenizer.vocabularySize
  const check = (ids: Int32Array): Int32Array => {
    const wrong = ids.find((id) => id >= vocabulary)
    if (wrong === undefined) return ids
    throw new UserError(
      `${folder}: its tokenizer gives token ${wrong}, the model has ${vocabulary} – take both from one source`,
    )
  }
  return {
    ...tokenizer,
    vocabularySize: vocabulary,
    encode: (text) => check(tokenizer.encode(text)),
    async *encodeStream(chunks, source) {
      for await (const ids of tokenizer.encodeStream(chunks, source)) yield check(ids)
    },
    decode: (ids) => tokenizer.decode(Array.from(ids).filter(known)),
    decoder() {
      const decoder = tokenizer.decoder()
      return { push: (id) => (known(id) ? decoder.push(id) : ''), end: decoder.end }
    },
  }
}
