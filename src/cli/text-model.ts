/** The model that a command works with: of a training run, or of a folder in the layout of Hugging Face. */
import type { Command } from 'commander'
import { UserError } from '../platform/errors.js'
import { type OpenTextModel, openPublished, openTrained } from '../serving/index.js'
import { filePath } from './options.js'

export interface ModelSource {
  readonly run?: string
  readonly checkpoint?: string
}

export const sourceOptions = (command: Command): Command =>
  command
    .option('--run <dir>', 'folder of a training run', filePath)
    .option('--checkpoint <dir>', 'instead: folder in the layout of Hugging Face, with its tokenizer', filePath)

/** @throws UserError unless just one of the two is given */
export function sourceFolder({ run, checkpoint }: ModelSource, command: string): string {
  if ((run === undefined) !== (checkpoint === undefined)) return (run ?? checkpoint) as string
  const got = run === undefined ? 'neither' : 'both'
  throw new UserError(`${command}: give either --run DIR or --checkpoint DIR, got ${got}`)
}

/** @throws UserError for a folder that cannot be read as what it was given as */
export async function openSource(source: ModelSource, command: string): Promise<OpenTextModel> {
  const folder = sourceFolder(source, command)
  return source.run === undefined ? openPublished(folder) : openTrained(folder)
}
