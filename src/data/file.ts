import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'

/**
 * The size in bytes of a file that a user named.
 *
 * @throws UserError when it is missing, a folder, or empty
 */
export async function sizeOf(path: string): Promise<number> {
  const { files } = platform()
  if (!(await files.exists(path))) throw new UserError(`${path}: no such file – check the path`)
  if (await files.isDirectory(path)) throw new UserError(`${path}: is a folder – name a file`)
  const size = await files.size(path)
  if (size === 0) throw new UserError(`${path}: the file is empty – give one with data in it`)
  return size
}

/** The text of a small file that a user named. */
export async function readText(path: string): Promise<string> {
  await sizeOf(path)
  return new TextDecoder().decode(await platform().files.read(path))
}
