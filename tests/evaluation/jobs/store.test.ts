import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type JobSpec, jobSpec } from '#seqlab/evaluation/jobs/job.js'
import { type JobStore, jobStore } from '#seqlab/evaluation/jobs/store.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { pretended } from '../../cli/sweep-result.mjs'

setPlatform(nodePlatform)

const spec: JobSpec = jobSpec.parse({ name: 'gla', model: 'gla', task: 'parity', training: { seed: 1 } })
let store: JobStore

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  store = jobStore(folder)
})

describe('the store of results', () => {
  it('keeps the first result of a job', async () => {
    await store.saveResult('a', pretended('a', spec))
    await store.saveResult('a', { ...pretended('a', spec), loss: 9 })
    expect(await store.result('a')).toEqual(pretended('a', spec))
    expect(await store.results()).toHaveLength(1)
  })

  it('forgets the failure and the working files of a job that is done', async () => {
    await store.saveFailure({ id: 'a', spec, message: 'no', attempts: 1 })
    expect(await store.failures()).toMatchObject([{ id: 'a', message: 'no' }])
    await nodePlatform.files.makeDirectory(store.workFolder('a'))
    await writeFile(join(store.path, 'jobs/a/.result.json.1.tmp'), '{"half')
    await store.saveResult('a', pretended('a', spec))
    expect(await readdir(join(store.path, 'jobs/a'))).toEqual(['result.json'])
    expect(await store.failures()).toEqual([])
  })

  it('takes half-written files for no results', async () => {
    await nodePlatform.files.makeDirectory(join(store.path, 'jobs/a'))
    await writeFile(join(store.path, 'jobs/a/.result.json.1.tmp'), '{"half')
    expect(await store.isDone('a')).toBe(false)
    expect(await store.results()).toEqual([])
  })

  it('names a result that was broken from outside, and the fix', async () => {
    await store.saveResult('a', pretended('a', spec))
    await writeFile(join(store.path, 'jobs/a/result.json'), '{')
    await expect(store.results()).rejects.toThrow(/jobs.a.result\.json: expected a JSON object.*run the sweep again/)
  })

  it('is empty where there is nothing', async () => {
    expect(await jobStore(join(store.path, 'none')).results()).toEqual([])
  })
})
