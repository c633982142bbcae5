/** A run as a .zip: its folder, as the command line reads it once it is unzipped. */
import { Zip, ZipDeflate } from 'fflate'
import { platform } from 'seqlab/platform'
import { runPath } from './places.js'

/** @throws UserError where the run is in training */
export async function packRun(name: string): Promise<Blob> {
  const { files } = platform()
  const lock = await files.lock(runPath(name))
  try {
    const parts: Uint8Array<ArrayBuffer>[] = []
    const zip = new Zip((error, chunk) => {
      if (error) throw error
      parts.push(chunk)
    })
    for (const path of await filesBelow(runPath(name))) {
      // Numbers hardly shrink, and some programs read only archives that are compressed.
      const entry = new ZipDeflate(`${name}/${path.slice(runPath(name).length + 1)}`, { level: 1 })
      zip.add(entry)
      for await (const chunk of files.stream(path)) entry.push(chunk)
      entry.push(new Uint8Array(0), true)
    }
    zip.end()
    return new Blob(parts, { type: 'application/zip' })
  } finally {
    await lock.release()
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const { files } = platform()
  const paths: string[] = []
  for (const name of await files.list(folder)) {
    const path = files.join(folder, name)
    if (await files.isDirectory(path)) paths.push(...(await filesBelow(path)))
    else paths.push(path)
  }
  return paths
}
