/** A user's own task as a file in a folder of theirs. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const source = join(import.meta.dirname, 'own-task.ts')

/** Writes own.mjs into a folder from which no package can be found, so that its imports name files. */
export async function writeOwnTask(folder: string, change = (text: string) => text): Promise<void> {
  const text = await readFile(source, 'utf8')
  const absolute = text.replace(/from '([^']+)'/g, (_, name) => `from '${import.meta.resolve(name)}'`)
  await writeFile(join(folder, 'own.mjs'), change(absolute))
}
