import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { contentOf } from './content.js'
import { readText } from './file.js'

const recordSchema = z.object({
  name: z.string(),
  path: z.string(),
  bytes: z.number().int(),
  /** Of a folder. */
  files: z.number().int().optional(),
  sha256: z.string(),
  licence: z.string(),
})

/** A user's own copy of a corpus that may not be redistributed: where it is, what is in it, what may be done with it. */
export type CorpusRecord = z.infer<typeof recordSchema>

const namePattern = /^[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * Registers a file or folder under a name, or anew when it moved or changed.
 *
 * @param options.home folder of seqlab's own files; the record is `corpora/NAME.json` in it
 * @param options.path absolute, so that it holds from any working folder
 * @param options.licence the user's note on what the corpus may be used for
 * @throws UserError for a name that is none, and for a missing or empty file or folder
 */
export async function addCorpus(options: {
  home: string
  name: string
  path: string
  licence: string
}): Promise<CorpusRecord> {
  const { home, name, path, licence } = options
  if (!namePattern.test(name)) {
    throw new UserError(
      `corpus name: expected 1 to 64 of a–z, 0–9, - and _, not - or _ first, got ${JSON.stringify(name)} – use a name like wikitext-2`,
    )
  }
  const { files } = platform()
  const { sha256, ...size } = await contentOf(path)
  const record = { name, path, ...size, sha256: await sha256(), licence }
  await files.makeDirectory(files.join(home, folder))
  await files.writeAtomic(recordPath(home, name), `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/**
 * What `--data` names: a registered corpus, or else a path. A registered file or folder must still have its size.
 *
 * @param options.verify compares the checksum too, which reads everything
 * @throws UserError when there is neither, and when a registered file or folder moved or changed
 */
export async function resolveCorpus(options: {
  home: string
  nameOrPath: string
  verify?: boolean
}): Promise<{ path: string; record?: CorpusRecord }> {
  const { home, nameOrPath, verify = false } = options
  const { files } = platform()
  const record = await registered(home, nameOrPath)
  if (record) {
    await check(record, verify)
    return { path: record.path, record }
  }
  if (await files.exists(nameOrPath)) return { path: nameOrPath }
  const names = (await listCorpora({ home })).map((record) => record.name)
  throw new UserError(
    `data: ${JSON.stringify(nameOrPath)} is neither a file nor a registered corpus (${names.join(', ') || 'none is registered'})\n` +
      'check the path, or register a file or folder: seqlab data add NAME PATH',
  )
}

/**
 * Where the corpus of this name lies; `undefined` when none is registered.
 *
 * @throws UserError when it moved or changed in size
 */
export async function registeredPath(home: string, name: string): Promise<string | undefined> {
  const record = await registered(home, name)
  if (record) await check(record, false)
  return record?.path
}

/** All registered corpora, by name. */
export async function listCorpora({ home }: { home: string }): Promise<CorpusRecord[]> {
  const { files } = platform()
  const names = (await files.list(files.join(home, folder))).flatMap((file) => /^([^.].*)\.json$/.exec(file)?.[1] ?? [])
  const records: CorpusRecord[] = []
  for (const name of names) records.push(await readRecord(home, name))
  return records
}

const folder = 'corpora'
const recordPath = (home: string, name: string) => platform().files.join(home, folder, `${name}.json`)

async function readRecord(home: string, name: string): Promise<CorpusRecord> {
  const path = recordPath(home, name)
  try {
    return recordSchema.parse(JSON.parse(await readText(path)))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path}: no corpus record – register the corpus again: seqlab data add ${name} PATH`)
  }
}

async function registered(home: string, name: string): Promise<CorpusRecord | undefined> {
  if (!namePattern.test(name) || !(await platform().files.exists(recordPath(home, name)))) return undefined
  return readRecord(home, name)
}

async function check({ name, path, ...record }: CorpusRecord, verify: boolean): Promise<void> {
  const fix = `restore it, or register it again: seqlab data add ${name} PATH`
  const kind = record.files === undefined ? 'file' : 'folder'
  if (!(await platform().files.exists(path)))
    throw new UserError(`corpus ${name}: its ${kind} ${path} is gone – ${fix}`)
  const content = await contentOf(path)
  const [before, now] = [record, content].map(sizeInWords)
  if (before !== now) throw new UserError(`corpus ${name}: ${path} had ${before} and now has ${now} – ${fix}`)
  if (!verify) return
  const found = await content.sha256()
  if (found !== record.sha256)
    throw new UserError(`corpus ${name}: ${path} changed, its SHA-256 was ${record.sha256} and is ${found} – ${fix}`)
}

/** For messages and lists. */
export const sizeInWords = ({ bytes, files }: { bytes: number; files?: number }) =>
  files === undefined ? `${bytes} bytes` : `${bytes} bytes in ${files} files`
