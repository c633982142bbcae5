/** Checks mechanisms and runs demonstrations: minutes of work, away from the page. */
import { browserPlatform } from 'seqlab/browser'
import { onnxExecutor } from 'seqlab/engine'
import { checkMechanism } from 'seqlab/evaluation'
import {
  type DemonstrationResult,
  demonstrationOf,
  mechanismsIn,
  runDemonstration,
  withinTolerance,
} from 'seqlab/papers'
import { setPlatform } from 'seqlab/platform'
import { z } from 'zod'
import { textPath } from '../runs/places.js'
import { shakespeare } from '../runs/texts.js'
import type { Ask, Tell } from './protocol.js'

z.config({ jitless: true })
setPlatform(browserPlatform)
const say = (message: Tell) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<Ask>) => {
  const work = data.kind === 'check' ? check(data.files) : demonstrate(data.id, data.stored)
  work.then(
    () => say({ kind: 'done' }),
    (error) => say({ kind: 'failed', message: error.message }),
  )
})

async function check(files: readonly string[]): Promise<void> {
  for (const mechanism of mechanismsIn(files)) {
    say({ kind: 'progress', message: `checking ${mechanism.id}` })
    // Each option by itself takes several times as long; the command line does it.
    const { checks } = await checkMechanism(mechanism, { settings: 'few' })
    say({ kind: 'checked', mechanism: mechanism.id, checks })
  }
}

async function demonstrate(id: string, stored: DemonstrationResult): Promise<void> {
  const result = await runDemonstration(demonstrationOf(id)!, {
    text: textPath(shakespeare),
    makeExecutor: ({ threads }) => onnxExecutor({ threads, worker: false }),
    onProgress: (message) => say({ kind: 'progress', message }),
  })
  say({ kind: 'found', result, within: withinTolerance(result, stored) })
}
