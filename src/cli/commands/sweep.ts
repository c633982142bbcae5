/** seqlab sweep */
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { JobSpec } from '../../evaluation/jobs/job.js'
import { planSweep, type SweepPlan } from '../../evaluation/jobs/plan.js'
import { type JobStore, jobStore } from '../../evaluation/jobs/store.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { interruptedCode } from '../exit.js'
import { onInterrupt } from '../interrupt.js'
import { filePath, whole } from '../options.js'
import { createOutput, type Output } from '../output.js'
import { runPool } from '../sweep/pool.js'
import { writeTable } from '../sweep/results.js'
import { sweepView } from '../sweep/view.js'

export function defineSweep(program: Command, exit: (code: number) => void): void {
  program
    .command('sweep <file>')
    .description('run the jobs of a sweep file (YAML), each once; the same command continues')
    .requiredOption('--out <dir>', 'folder of the results', filePath)
    .option('--workers <n>', 'jobs at a time on this machine (as many as its processors allow)', whole(1, 1024))
    .addOption(
      new Option('--queue <url>', 'have seqlab worker run them instead, through Redis: redis://host:6379').conflicts(
        'workers',
      ),
    )
    .option('--cancel', 'take what is not done out of the queue')
    .option('--json', 'print JSON lines only')
    .action(async (file, options) => {
      const output = createOutput(options.json)
      const plan = await readPlan(file)
      if (plan.duplicates > 0) output.warn(`${file}: ${plan.duplicates} jobs are written again and run once`)
      if (options.cancel) return cancel(plan, options.queue, output)
      const store = jobStore(options.out)
      const announce = options.queue ? 'taking the open jobs out of the queue' : 'stopping the running jobs'
      const view = sweepView(output)
      const interrupt = onInterrupt(() =>
        output.warn(`${announce}; everything done is kept – the same command continues`),
      )
      try {
        const specs = plan.jobs.map(({ spec }) => spec)
        const shared = { jobs: specs, store, signal: interrupt.signal, onEvent: view.update }
        const outcome = options.queue
          ? await (await import('../sweep/queued.js')).runQueue({ ...shared, url: options.queue, warn: output.warn })
          : await runPool({ ...shared, workers: options.workers ?? workersFor(specs) })
        view.end()
        await gather(store, output)
        output.result({ event: interrupt.signal.aborted ? 'interrupted' : 'done', ...outcome })
        if (interrupt.signal.aborted) exit(interruptedCode)
        else if (outcome.failed > 0) exit(1)
      } finally {
        view.end()
        interrupt.dispose()
      }
    })
}

async function readPlan(file: string): Promise<SweepPlan> {
  if (!(await platform().files.exists(file)))
    throw new UserError(`${file}: there is no such sweep file – see docs/sweeps.md`)
  return planSweep(await readFile(file, 'utf8'), file)
}

/** Loaded where it is used, because the library of the queue is large. */
async function cancel(plan: SweepPlan, url: string | undefined, output: Output): Promise<void> {
  if (!url) throw new UserError('--cancel: is for jobs in a queue – give --queue, or press Ctrl-C where the sweep runs')
  const { cancelQueue } = await import('../sweep/queued.js')
  output.result({ event: 'cancelled', jobs: await cancelQueue(url, plan.jobs, output.warn) })
}

/** As many jobs at a time as this machine has processors for. */
function workersFor(specs: readonly JobSpec[]): number {
  return Math.max(1, Math.floor(platform().cores / Math.max(1, ...specs.map(({ threads }) => threads))))
}

/** A machine without the database has the results all the same. */
async function gather(store: JobStore, output: Output): Promise<void> {
  try {
    await writeTable(store)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    output.warn(`results.parquet was not written: ${error.message}`)
  }
}
