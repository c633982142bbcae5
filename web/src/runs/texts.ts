/** Texts of this browser: the plays that come with the site, and the user's own files, which stay on this machine. */
import { platform, UserError } from 'seqlab/platform'
import plays from '../../../data/tinyshakespeare/input.txt?url'
import { textPath, textsFolder } from './places.js'

export const shakespeare = 'tinyshakespeare'
/** Characters of a tokenised text are held in memory, several times over in training. */
const largest = 64 * 2 ** 20

/** Names of the texts that there are; the plays first. */
export async function listTexts(): Promise<string[]> {
  const own = await platform().files.list(textsFolder)
  return [shakespeare, ...own.filter((name) => name !== shakespeare)]
}

/** Fetches the plays into this browser's storage, once. */
export async function provideText(name: string): Promise<void> {
  const { files } = platform()
  if (await files.exists(textPath(name))) return
  if (name !== shakespeare) throw new UserError(`The text ${name} is not in this browser – drop its file on the page.`)
  const response = await fetch(plays)
  if (!response.ok) throw new UserError(`The plays could not be loaded (${response.status}) – try again.`)
  await files.makeDirectory(textsFolder)
  await files.writeAtomic(textPath(name), new Uint8Array(await response.arrayBuffer()))
}

/** Takes a file that was dropped or chosen. @throws UserError for what is no text, is empty, or is too large */
export async function addText(file: File): Promise<string> {
  if (file.size === 0) throw new UserError(`${file.name} is empty – choose a file with text in it.`)
  if (file.size > largest) {
    const [size, limit] = [file.size, largest].map((bytes) => `${Math.round(bytes / 2 ** 20)} MB`)
    throw new UserError(
      `${file.name} has ${size}; this page takes texts of up to ${limit} – cut it, or use the command line.`,
    )
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text.includes('\0')) throw new Error('zero bytes')
  } catch {
    throw new UserError(`${file.name} is no text in UTF-8 – save it as plain text first.`)
  }
  const { files } = platform()
  const name = file.name.replace(/[^\w.-]+/g, '-')
  await files.makeDirectory(textsFolder)
  await files.writeAtomic(textPath(name), bytes)
  return name
}
