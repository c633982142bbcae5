/** Where a served model comes from. */
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UserError } from '../../platform/errors.js'
import type { ServedModel } from '../../serving/index.js'
import { loadTextRun } from '../../training/index.js'

export interface ModelSource {
  /** Folder of a training run. */
  readonly run: string
  /** The name that requests ask for; the folder's by default. */
  readonly name?: string
  /** File of a chat template. */
  readonly chatTemplate?: string
}

export async function servedModel({ run, name, chatTemplate }: ModelSource): Promise<ServedModel> {
  const { model, tokenizer, parameters } = await loadTextRun(run)
  const template = chatTemplate === undefined ? undefined : await readTemplate(chatTemplate)
  return {
    id: name ?? basename(resolve(run)),
    model,
    parameters,
    tokenizer,
    begin: [],
    ends: [],
    chat: { template, specials: {} },
  }
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(`--chat-template: ${path} cannot be read (${(error as Error).message}) – name a Jinja file`)
  }
}
