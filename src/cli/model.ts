/** From --model and --set to a model’s configuration. */
import { readFile } from 'node:fs/promises'
import type { Tokenizer } from '../data/index.js'
import { assign, type ModelConfig, type ModelConfigInput, preset, resolveConfig } from '../models/index.js'
import { UserError } from '../platform/errors.js'

/** A model that takes in and gives out what its data does: of a name, a file, or a configuration. */
export async function modelFrom(
  choice: string | object | undefined,
  settings: readonly string[],
  data: Partial<ModelConfigInput>,
): Promise<ModelConfig> {
  if (choice === undefined)
    throw new UserError('--model: is missing – give a preset (seqlab models), a .json file, or --init-from a model')
  const base = typeof choice === 'object' ? choice : choice.endsWith('.json') ? await fromFile(choice) : preset(choice)
  const config = resolveConfig(assign({ ...data, ...base }, settings))
  const head = data.head?.kind ?? 'token'
  if (config.head.kind !== head) {
    const what = head === 'token' ? 'to learn text' : 'for values'
    throw new UserError(
      `model: head.kind must be "${head}" ${what}, got "${config.head.kind}" – leave head out, or set head.kind=${head}`,
    )
  }
  if (config.input.kind !== data.input?.kind) {
    const wanted = data.input?.kind
    throw new UserError(`model: input.kind must be "${wanted}", got "${config.input.kind}" – leave input out`)
  }
  if (config.input.kind === 'tokens' && data.input?.kind === 'tokens') {
    const { vocabulary } = config.input
    if (vocabulary < data.input.vocabulary) {
      throw new UserError(
        `model: input.vocabulary must be at least the ${data.input.vocabulary} tokens of the tokenizer, got ${vocabulary} – leave it out`,
      )
    }
  }
  return config
}

/** What a model of a tokenizer's tokens takes in. */
export const tokensOf = ({ vocabularySize }: Tokenizer): Partial<ModelConfigInput> => ({
  input: { kind: 'tokens', vocabulary: vocabularySize },
})

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
