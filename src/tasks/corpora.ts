/** Corpora by name: those the user registered, and the one that comes with the package. */
import { registeredPath } from '../data/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { knownCorpora } from './known-corpora.js'
import type { Corpora } from './task.js'

/**
 * @param options.home folder of seqlab's own files, with the records of `seqlab data add`
 * @param options.bundled folder of the texts that the package has itself, which need no registering: Tiny Shakespeare
 */
export function corpora({ home, bundled }: { home: string; bundled: string }): Corpora {
  return {
    async path(name) {
      const path = await registeredPath(home, name)
      if (path !== undefined) return path
      if (name === 'tinyshakespeare') return platform().files.join(bundled, name, 'input.txt')
      throw notRegistered(name)
    },
  }
}

function notRegistered(name: string): UserError {
  const command = `seqlab data add ${name} PATH`
  if (!Object.hasOwn(knownCorpora, name)) return new UserError(`corpus ${name}: is not registered – use ${command}`)
  const { holds, from, licence } = knownCorpora[name]
  return new UserError(`corpus ${name}: is not registered – get it and use ${command}
PATH: ${holds}
where: ${from}
licence: ${licence}`)
}

/**
 * The path of a file in a corpus that is a folder.
 *
 * @throws UserError naming the folder and what it must hold
 */
export async function fileOf(corpora: Corpora, name: string, file: string): Promise<string> {
  const { files } = platform()
  const folder = await corpora.path(name)
  const path = files.join(folder, file)
  if (await files.exists(path)) return path
  const known = Object.hasOwn(knownCorpora, name) ? knownCorpora[name].holds : `a folder with ${file}`
  throw new UserError(`corpus ${name}: ${folder} has no ${file} – register ${known}\nuse seqlab data add ${name} PATH`)
}
