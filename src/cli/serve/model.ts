/** Where a served model comes from. */
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UserError } from '../../platform/errors.js'
import type { OpenTextModel, ServedModel } from '../../serving/index.js'
import { type ModelSource, openSource, sourceFolder } from '../text-model.js'

export interface ServedSource extends ModelSource {
  /** The name that requests ask for; the folder's by default. */
  readonly name?: string
  /** File of a chat template; the model's own by default, where it has one. */
  readonly chatTemplate?: string
}

export async function servedModel(source: ServedSource): Promise<ServedModel & OpenTextModel> {
  const folder = sourceFolder(source, 'serve')
  const template = source.chatTemplate === undefined ? undefined : await readTemplate(source.chatTemplate)
  const opened = await openSource(source, 'serve')
  return {
    ...opened,
    id: source.name ?? basename(resolve(folder)),
    chat: { ...opened.chat, template: template ?? opened.chat.template },
  }
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(`--chat-template: ${path} cannot be read (${(error as Error).message}) – name a Jinja file`)
  }
}
