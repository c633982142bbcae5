/** What it takes to read and write text with a model, wherever it comes from. */
import type { Tokenizer } from '../data/index.js'
import type { TensorData } from '../engine/index.js'
import type { ParameterSource } from '../inference/index.js'
import type { Model } from '../models/index.js'
import { platform } from '../platform/index.js'

export interface TextModel {
  readonly model: Model
  /** By path, or what reads them. */
  readonly parameters: Readonly<Record<string, TensorData>> | ParameterSource
  readonly tokenizer: Tokenizer
  /** Tokens before a text that begins; a chat template writes its own. */
  readonly begin: readonly number[]
  /** Tokens that end a text. */
  readonly ends: readonly number[]
  readonly chat: ChatFormat
}

export interface ServedModel extends TextModel {
  /** The name that requests ask for. */
  readonly id: string
}

export interface ChatFormat {
  /** A Jinja template, as tokenizer_config.json has it; without one, a transcript with the roles' names. */
  readonly template?: string
  /** Texts of special tokens that templates ask for by name: `bos_token`, `eos_token`. */
  readonly specials: Readonly<Record<string, string>>
}

/** Names the configuration and all values of a model: a session's state belongs to them. */
export function modelDigest({ model, parameters }: TextModel): Promise<string> {
  return platform().sha256(contents(model, parameters))
}

async function* contents(model: Model, parameters: TextModel['parameters']): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(model.config))
  const paths = model.parameterList.map(({ path }) => path)
  for (const path of paths.sort()) {
    const { data } = typeof parameters === 'function' ? await parameters(path) : parameters[path]
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
}
