/** Real corpora, unpacked for a suite from the folder that SEQLAB_SHARED names. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import type { Corpora } from '#seqlab/tasks/task.js'

export const shared = process.env.SEQLAB_SHARED

setPlatform(nodePlatform)

/** An empty folder until the end of the suite. */
export async function suiteFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-language-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The folder that the archives are unpacked in, each in a folder of its name. */
export async function unpacked(...archives: string[]): Promise<string> {
  const folder = await suiteFolder()
  await promisify(execFile)(join(shared ?? '', 'data/unpack'), [folder, ...archives])
  return folder
}

/** Corpora at given places. */
export const corporaAt = (places: Readonly<Record<string, string>>): Corpora => ({
  async path(name) {
    if (name in places) return places[name]
    throw new UserError(`no ${name}`)
  },
})
