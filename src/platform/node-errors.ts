import { UserError } from './errors.js'

/** Failures of the file system that the user can mend: what happened, and the fix. Every other one is a bug or a broken disk. */
const mendable: Record<string, [happened: string, fix: string]> = {
  ENOSPC: ['the disk is full', 'free some space or choose a path on another disk'],
  EDQUOT: ['the disk quota is used up', 'free some space or choose a path on another disk'],
  EACCES: ['permission denied', 'change its permissions or choose another path'],
  EPERM: ['permission denied', 'change its permissions or choose another path'],
  EROFS: ['the file system is read-only', 'choose another path'],
  ENOENT: ['no such file or folder', 'check the path'],
  EEXIST: ['a file of this name exists', 'choose another path'],
  EISDIR: ['is a folder', 'name a file'],
  ENOTDIR: ['a part of this path is a file, not a folder', 'choose another path'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter path'],
}

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

/** The same failure as a {@link UserError} that names `path` and the fix, where the user can mend it. */
export function explain(error: unknown, path: string): unknown {
  const entry = mendable[errorCode(error) ?? '']
  return entry ? new UserError(`${path}: ${entry[0]} – ${entry[1]}`, { cause: error }) : error
}

/** Runs an action on the file at `path`; what fails names the path. */
export async function naming<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw explain(error, path)
  }
}
