/** A coordinator or a worker of pretended jobs, in a process of its own: `sweep-part.mjs pool|queue|worker '{…}'`. */
import { fileURLToPath } from 'node:url'
import { onInterrupt } from '../../dist/cli/interrupt.js'
import { runPool } from '../../dist/cli/sweep/pool.js'
import { workQueue } from '../../dist/cli/sweep/queue-worker.js'
import { runQueue } from '../../dist/cli/sweep/queued.js'
import { jobStore } from '../../dist/evaluation/jobs/store.js'
import { setPlatform } from '../../dist/platform/index.js'
import { nodePlatform } from '../../dist/platform/node.js'

setPlatform(nodePlatform)
const [part, text] = process.argv.slice(2)
const { out, ...options } = JSON.parse(text)
const { signal, dispose } = onInterrupt(() => undefined)
const shared = {
  ...options,
  signal,
  store: out && jobStore(out),
  entry: fileURLToPath(new URL('./sweep-job.mjs', import.meta.url)),
  warn: () => undefined,
  onReady: () => undefined,
  onEnd: () => undefined,
  onEvent: ({ kind, job, message }) => console.log(JSON.stringify({ event: kind, id: job?.id, message })),
}
const outcome = await { pool: runPool, queue: runQueue, worker: workQueue }[part](shared)
dispose()
console.log(JSON.stringify({ event: 'end', ...outcome }))
