/**
 * The results of jobs in a folder: `jobs/ID/result.json` once a job is done, or `failure.json` once it was given up.
 * Files are written whole or not at all, by one process at a time; anyone may read them meanwhile.
 */
import { type Lock, platform } from '../../platform/index.js'
import { readJson, writeJson } from '../../training/canonical-json.js'
import type { JobResult, JobSpec } from './job.js'

export interface JobFailure {
  readonly id: string
  readonly spec: JobSpec
  readonly message: string
  readonly attempts: number
}

export interface JobStore {
  readonly path: string
  /** Where a job trains until it is done. */
  workFolder(id: string): string
  isDone(id: string): Promise<boolean>
  /** @throws UserError when the job is not done, or its file was broken from outside */
  result(id: string): Promise<JobResult>
  /** Of every job that is done, in the order of their ids. */
  results(): Promise<JobResult[]>
  failures(): Promise<JobFailure[]>
  /** Keeps the first result of a job, and forgets what it failed of before. */
  saveResult(id: string, result: JobResult): Promise<void>
  saveFailure(failure: JobFailure): Promise<void>
  /** Keeps other writers out. @throws UserError naming who is writing */
  lock(): Promise<Lock>
}

const [resultFile, failureFile, workName] = ['result.json', 'failure.json', 'run']

export function jobStore(path: string): JobStore {
  const { files } = platform()
  const jobs = files.join(path, 'jobs')
  const folder = (id: string) => files.join(jobs, id)
  const fileOf = (id: string, name: string) => files.join(jobs, id, name)
  const isDone = (id: string) => files.exists(fileOf(id, resultFile))
  const read = async <T>(id: string, name: string) =>
    (await readJson(fileOf(id, name), { fix: 'delete it, and run the sweep again' })) as unknown as T

  async function readAll<T>(name: string): Promise<T[]> {
    const found: T[] = []
    for (const id of await files.list(jobs)) if (await files.exists(fileOf(id, name))) found.push(await read(id, name))
    return found
  }

  return {
    path,
    workFolder: (id) => fileOf(id, workName),
    isDone,
    result: (id) => read(id, resultFile),
    results: () => readAll(resultFile),
    failures: () => readAll(failureFile),
    async saveResult(id, result) {
      await files.makeDirectory(folder(id))
      if (!(await isDone(id))) await writeJson(fileOf(id, resultFile), result)
      await clean(id)
    },
    async saveFailure(failure) {
      await files.makeDirectory(folder(failure.id))
      await writeJson(fileOf(failure.id, failureFile), failure)
    },
    async lock() {
      await files.makeDirectory(jobs)
      return files.lock(path)
    },
  }

  /** Of what a job leaves behind, its result alone is kept. */
  async function clean(id: string): Promise<void> {
    for (const name of await files.list(folder(id))) if (name !== resultFile) await files.remove(fileOf(id, name))
  }
}
