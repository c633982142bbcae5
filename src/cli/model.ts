/** From --model and --set to a model’s configuration. */
import { readFile } from 'node:fs/promises'
import type { Tokenizer } from '../data/index.js'
import { type ModelConfig, preset, resolveConfig } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { assign } from './options.js'

/** A model that predicts the tokens of a tokenizer. */
export async function modelFrom(
  choice: string,
  settings: readonly string[],
  tokenizer: Tokenizer,
): Promise<ModelConfig> {
  const base = choice.endsWith('.json') ? await fromFile(choice) : preset(choice)
  const tokens = { kind: 'tokens', vocabulary: tokenizer.vocabularySize }
  const config = resolveConfig(assign({ input: tokens, ...base }, settings))
  if (config.head.kind !== 'token') {
    throw new UserError(
      `model: head.kind must be "token" to learn text, got "${config.head.kind}" – leave head out, or set head.kind=token`,
    )
  }
  if (config.input.kind === 'tokens' && config.input.vocabulary < tokenizer.vocabularySize) {
    const { vocabulary } = config.input
    throw new UserError(
      `model: input.vocabulary must be at least the ${tokenizer.vocabularySize} tokens of the tokenizer, got ${vocabulary} – leave it out`,
    )
  }
  return config
}

async function fromFile(path: string): Promise<object> {
  const fix = 'give a preset (seqlab models) or a .json file with a model’s configuration'
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new UserError(`--model: ${path} cannot be read as JSON (${(error as Error).message.split('\n')[0]}) – ${fix}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UserError(`--model: ${path} holds ${JSON.stringify(value).slice(0, 40)} instead of a JSON object – ${fix}`)
}
