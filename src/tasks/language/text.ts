import { filesIn } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import type { Corpora } from '../task.js'

/** The text of a corpus that is one: the file that was registered, or the largest file of the folder. */
export async function textOf(corpora: Corpora, name: string): Promise<string> {
  const { files } = platform()
  const path = await corpora.path(name)
  if (!(await files.isDirectory(path))) return path
  const found = (await filesIn(path)).map((file) => files.join(path, file))
  const sizes = await Promise.all(found.map((file) => files.size(file)))
  const [largest] = found.map((file, index) => ({ file, size: sizes[index] })).sort((a, b) => b.size - a.size)
  if (largest) return largest.file
  throw new UserError(`corpus ${name}: ${path} is empty – register its text: seqlab data add ${name} PATH`)
}
