/** What a server needs of a model, wherever it comes from. */
import type { Tokenizer } from '../data/index.js'
import type { TensorData } from '../engine/index.js'
import type { Model } from '../models/index.js'
import { platform } from '../platform/index.js'

export interface ServedModel {
  /** The name that requests ask for. */
  readonly id: string
  readonly model: Model
  /** By path. */
  readonly parameters: Readonly<Record<string, TensorData>>
  readonly tokenizer: Tokenizer
  /** Tokens before a text that begins; a chat template writes its own. */
  readonly begin: readonly number[]
  /** Tokens that end a text. */
  readonly ends: readonly number[]
  readonly chat: ChatFormat
}

export interface ChatFormat {
  /** A Jinja template, as tokenizer_config.json has it; without one, a transcript with the roles' names. */
  readonly template?: string
  /** Texts of special tokens that templates ask for by name: `bos_token`, `eos_token`. */
  readonly specials: Readonly<Record<string, string>>
}

/** Names the configuration and all values of a model: a session's state belongs to them. */
export function modelDigest({ model, parameters }: ServedModel): Promise<string> {
  return platform().sha256(contents(model, parameters))
}

async function* contents(model: Model, parameters: ServedModel['parameters']): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(model.config))
  for (const path of Object.keys(parameters).sort()) {
    const { data } = parameters[path]
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
}
