/** Running jobs on this machine: what they take from it. */
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { onnxExecutor } from '../engine/index.js'
import type { JobContext } from '../evaluation/jobs/job.js'
import { corpora } from '../tasks/index.js'
import { dataHome, tokensFolder } from './home.js'
import { packageVersion } from './version.js'

/** The user's corpora, and those of the package. */
export const userCorpora = () =>
  corpora({ home: dataHome(), bundled: fileURLToPath(new URL('../../data', import.meta.url)) })

export const thisMachine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  runtime: `Node ${process.versions.node}`,
})

/** What a job needs, with its own folder. */
export function jobContext(directory: string): JobContext {
  return {
    directory,
    corpora: userCorpora(),
    cacheFolder: tokensFolder(),
    version: packageVersion(),
    machine: thisMachine(),
    makeExecutor: ({ threads }) => onnxExecutor({ threads }),
  }
}
