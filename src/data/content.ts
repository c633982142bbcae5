import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { sizeOf } from './file.js'

/** What a file or folder holds, so that a change can be told. */
export interface Content {
  readonly bytes: number
  /** How many files a folder has; absent for a file. */
  readonly files?: number
  sha256(): Promise<string>
}

/**
 * Measures a file, or all files of a folder together. The checksum of a folder is that of each file's path in it and size on
 * a line, then its bytes, files in the order of their paths: it does not depend on where the folder lies.
 *
 * @throws UserError when it is missing or empty
 */
export async function contentOf(path: string): Promise<Content> {
  const { files, sha256 } = platform()
  if (!(await files.isDirectory(path))) return { bytes: await sizeOf(path), sha256: () => sha256(files.stream(path)) }
  const names = await filesIn(path)
  const sizes = await Promise.all(names.map((name) => files.size(files.join(path, name))))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes === 0) throw new UserError(`${path}: the folder is empty – give one with data in it`)
  async function* everything() {
    for (const [index, name] of names.entries()) {
      yield new TextEncoder().encode(`${name} ${sizes[index]}\n`)
      yield* files.stream(files.join(path, name))
    }
  }
  return { bytes, files: names.length, sha256: () => sha256(everything()) }
}

/**
 * Paths of all files of a folder and the folders in it, with `/` between names on every system, in the order of their code
 * units. Names that begin with a dot are left out: systems put their own there.
 */
export async function filesIn(folder: string): Promise<string[]> {
  return (await visit(folder, '')).sort()
}

async function visit(folder: string, prefix: string): Promise<string[]> {
  const { files } = platform()
  const names = (await files.list(folder)).filter((name) => !name.startsWith('.'))
  const found = names.map(async (name) => {
    const path = files.join(folder, name)
    return (await files.isDirectory(path)) ? visit(path, `${prefix}${name}/`) : [`${prefix}${name}`]
  })
  return (await Promise.all(found)).flat()
}
