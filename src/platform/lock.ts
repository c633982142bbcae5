import { type FileSystem, platform } from './index.js'

/** What keeps other processes out of a folder until it is released or this process ends, however it ends. */
export interface Lock {
  release(): Promise<void>
}

/** A file system shared by several processes. */
export interface LockingFileSystem extends FileSystem {
  /** Takes the lock of a folder at once or throws a `UserError` that names who holds it. */
  lock(folder: string): Promise<Lock>
}

/** Takes the lock of a folder from the installed platform. */
export async function lockFolder(folder: string): Promise<Lock> {
  const { files, name } = platform()
  if (!('lock' in files))
    throw new Error(`platform ${name}: its file system cannot lock a folder – implement lock(folder)`)
  return (files as LockingFileSystem).lock(folder)
}
