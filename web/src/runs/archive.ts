/** Runs out of this browser and into it. */
import { UserError } from 'seqlab/platform'
import type { FromArchive, ToArchive } from './archive.worker.js'
import type { Given } from './unpack.js'

/** Hands a run to the user as a .zip. @throws UserError where it cannot be read now */
export async function exportRun(name: string): Promise<void> {
  const archive = (await ask({ kind: 'pack', name })) as Blob
  const link = document.createElement('a')
  link.href = URL.createObjectURL(archive)
  link.download = `${name}.zip`
  link.click()
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** Takes in a .zip or the files of a folder; gives the run's name here. @throws UserError for what is no run */
export const importRun = async (given: readonly Given[]): Promise<string> =>
  (await ask({ kind: 'unpack', given })) as string

function ask(message: ToArchive): Promise<Blob | string> {
  const worker = new Worker(new URL('./archive.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Blob | string>((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message || 'the worker ended unexpectedly'))
    worker.onmessage = ({ data }: MessageEvent<FromArchive>) =>
      'done' in data ? resolve(data.done) : reject(new UserError(data.failed))
    worker.postMessage(message)
  }).finally(() => worker.terminate())
}
