/** The life of a process that runs one job for the coordinator that forked it. */
import type { JobProgress, JobResult, JobSpec } from '../../evaluation/jobs/job.js'
import { asJson } from '../../training/canonical-json.js'
import { endBy } from '../exit.js'
import type { FromProcess, ToProcess } from './protocol.js'

export interface JobSurroundings {
  readonly directory: string
  readonly signal: AbortSignal
  onProgress(progress: JobProgress): void
}

/** Resolves to undefined when the job was interrupted. */
export type RunJob = (spec: JobSpec, surroundings: JobSurroundings) => Promise<JobResult | undefined>

/** Milliseconds between reports of progress. */
const progressInterval = 200

export function serveJob(run: RunJob): void {
  const controller = new AbortController()
  // Whoever would take the result is gone.
  process.on('disconnect', () => endBy('SIGKILL'))
  // A terminal sends Ctrl-C to every process; what it means is for the coordinator to say.
  process.on('SIGINT', () => undefined)
  process.on('message', async (message: ToProcess) => {
    if (message.kind === 'stop') return controller.abort()
    const { spec, directory } = message.request
    let told = 0
    tell(
      await outcomeOf(() =>
        run(spec, {
          directory,
          signal: controller.signal,
          onProgress({ step, steps, loss }) {
            if (performance.now() - told < progressInterval) return
            told = performance.now()
            tell({ kind: 'progress', progress: { step, steps, loss } })
          },
        }),
      ),
    )
  })
}

async function outcomeOf(run: () => Promise<JobResult | undefined>): Promise<FromProcess> {
  try {
    const result = await run()
    // Checked here, where what JSON cannot hold is the job's own failure.
    return result ? { kind: 'done', result: asJson(result) as unknown as JobResult } : { kind: 'interrupted' }
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

/** A coordinator that has just gone is noticed as such by `disconnect`. */
function tell(message: FromProcess): void {
  process.send?.(message, () => undefined)
}
