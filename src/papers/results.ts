/** What demonstrations found, stored by the paper's id: one JSON file each, in `src/papers/results` of the package. */
import { platform } from '../platform/index.js'
import type { DemonstrationResult } from './demonstration.js'

/** Stored results by id. */
export type Results = ReadonlyMap<string, DemonstrationResult>

export async function readResults(folder: string): Promise<Results> {
  const { files } = platform()
  const names = (await files.list(folder)).filter((name) => name.endsWith('.json'))
  const results = await Promise.all(
    names.map(async (name) => JSON.parse(new TextDecoder().decode(await files.read(files.join(folder, name))))),
  )
  return new Map(results.map((result: DemonstrationResult) => [result.id, result]))
}

/** Stores a result whole, in place of an earlier one; the path that it was written to. */
export async function writeResult(folder: string, result: DemonstrationResult): Promise<string> {
  const { files } = platform()
  const path = files.join(folder, `${result.id}.json`)
  await files.makeDirectory(folder)
  await files.writeAtomic(path, `${JSON.stringify(result, null, 2)}\n`)
  return path
}
