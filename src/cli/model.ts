/** From --model and --set to a model’s configuration. */
import { readFile } from 'node:fs/promises'
import type { Tokenizer } from '../data/index.js'
import { type ModelConfig, preset, presets, resolveConfig } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { assign } from './options.js'

export async function modelFrom(choice: string, settings: readonly string[], tokenizer: Tokenizer): Promise<ModelConfig> {
  const base = choice in presets ? preset(choice) : await fromFile(choice)
  return resolveConfig(assign({ input: { kind: 'tokens', vocabulary: tokenizer.vocabularySize }, ...base }, settings))
}

async function fromFile(path: string): Promise<object> {
  if (!path.endsWith('.json')) return preset(path)
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new UserError(`--model: ${path} cannot be read as JSON (${(error as Error).message}) – give a preset or a file with a model’s configuration`)
  }
}
