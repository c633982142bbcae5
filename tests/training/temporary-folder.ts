import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'

/** An empty folder that is removed when the test is over, with Node's platform installed. */
export async function temporaryFolder(): Promise<string> {
  setPlatform(nodePlatform)
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-training-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
