/**
 * The process of a job that only pretends: it writes its seed into the file `set.log`, takes `set.milliseconds`, and ends
 * as `set.end` says (`refused`, `killed`) or with a result.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { serveJob } from '../../dist/cli/sweep/serve.js'
import { UserError } from '../../dist/platform/errors.js'
import { pretended } from './sweep-result.mjs'

serveJob(async (spec, { signal, onProgress }) => {
  const { log, milliseconds = 0, end } = spec.set
  appendFileSync(log, `${spec.training.seed}\n`)
  onProgress({ step: 1, steps: 2, loss: 1 })
  await pause(milliseconds, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) return undefined
  if (end === 'refused') throw new UserError(`job: seed ${spec.training.seed} is refused`)
  if (end === 'killed') process.kill(process.pid, 'SIGKILL')
  return pretended('pretended', spec)
})
