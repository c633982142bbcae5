import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { readText, sizeOf } from './file.js'

const recordSchema = z.object({
  name: z.string(),
  path: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  licence: z.string(),
})

/** A user's own copy of a corpus that may not be redistributed: where it is, what is in it, what may be done with it. */
export type CorpusRecord = z.infer<typeof recordSchema>

const namePattern = /^[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * Registers a file under a name, or anew when it moved or changed.
 *
 * @param options.home folder of seqlab's own files; the record is `corpora/NAME.json` in it
 * @param options.path absolute, so that it holds from any working folder
 * @param options.licence the user's note on what the corpus may be used for
 * @throws UserError for a name that is none, and for a missing or empty file
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
  const bytes = await sizeOf(path)
  const record = { name, path, bytes, sha256: await platform().sha256(files.stream(path)), licence }
  await files.makeDirectory(files.join(home, folder))
  await files.writeAtomic(recordPath(home, name), `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/**
 * The file that `--data` names: a registered corpus, or else a path. A registered file must still have its size.
 *
 * @param options.verify compares the checksum too, which reads the whole file
 * @throws UserError when there is neither, and when a registered file moved or changed
 */
export async function resolveCorpus(options: {
  home: string
  nameOrPath: string
  verify?: boolean
}): Promise<{ path: string; record?: CorpusRecord }> {
  const { home, nameOrPath, verify = false } = options
  const { files } = platform()
  if (namePattern.test(nameOrPath) && (await files.exists(recordPath(home, nameOrPath)))) {
    const record = await readRecord(home, nameOrPath)
    await check(record, verify)
    return { path: record.path, record }
  }
  if (await files.exists(nameOrPath)) return { path: nameOrPath }
  const names = (await listCorpora({ home })).map((record) => record.name)
  throw new UserError(
    `data: ${JSON.stringify(nameOrPath)} is neither a file nor a registered corpus (${names.join(', ') || 'none is registered'})\n` +
      'check the path, or register a file: seqlab data add NAME PATH',
  )
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

async function check({ name, path, bytes, sha256 }: CorpusRecord, verify: boolean): Promise<void> {
  const fix = `restore it, or register it again: seqlab data add ${name} PATH`
  const { files } = platform()
  if (!(await files.exists(path))) throw new UserError(`corpus ${name}: its file ${path} is gone – ${fix}`)
  const size = await files.size(path)
  if (size !== bytes) throw new UserError(`corpus ${name}: ${path} had ${bytes} bytes and now has ${size} – ${fix}`)
  if (!verify) return
  const found = await platform().sha256(files.stream(path))
  if (found !== sha256)
    throw new UserError(`corpus ${name}: ${path} changed, its SHA-256 was ${sha256} and is ${found} – ${fix}`)
}
