/** From what was chosen or dropped to the reports in it. */
import { UserError } from 'seqlab/platform'
import { keepReport } from './reports.js'

export interface Found {
  readonly path: string
  readonly file: File
}

export interface Opened {
  /** Names that they are kept under. */
  readonly names: readonly string[]
  /** Why others are not. */
  readonly refusals: readonly string[]
}

export async function openReports(found: readonly Found[]): Promise<Opened> {
  if (found.length === 0)
    return { names: [], refusals: ['There is no report.json in that folder – choose one that seqlab compare wrote.'] }
  const names: string[] = []
  const refusals: string[] = []
  for (const { path, file } of found) {
    try {
      names.push(await keepReport(file, path))
    } catch (error) {
      if (error instanceof UserError) refusals.push(error.message)
      else
        refusals.push(`${path} could not be kept: ${(error as Error).message} – free some of this browser's storage.`)
    }
  }
  return { names, refusals }
}

/** Files as they were chosen; of folders, the reports in them. */
export function chosen(list: FileList): Found[] {
  const all = [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
  return all.filter(({ path }) => !path.includes('/') || path.endsWith('/report.json'))
}

/** Folders deeper than this hold jobs and checkpoints, not reports. */
const deepest = 4

export async function dropped(transfer: DataTransfer): Promise<Found[]> {
  // All must be asked for before the first wait; the transfer is empty after it.
  const given = [...transfer.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }))
  const found = given.map(({ entry, file }) =>
    entry ? within(entry, entry.name, 0) : file ? [{ path: file.name, file }] : [],
  )
  return (await Promise.all(found)).flat()
}

async function within(entry: FileSystemEntry, path: string, depth: number): Promise<Found[]> {
  if (entry.isFile) {
    if (depth > 0 && entry.name !== 'report.json') return []
    return [
      {
        path,
        file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
      },
    ]
  }
  if (depth >= deepest) return []
  const children = await childrenOf(entry as FileSystemDirectoryEntry)
  return (await Promise.all(children.map((child) => within(child, `${path}/${child.name}`, depth + 1)))).flat()
}

async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  // A reader hands out a hundred or so at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}
