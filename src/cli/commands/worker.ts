/** seqlab worker */
import type { Command } from 'commander'
import type { PlannedJob } from '../../evaluation/jobs/plan.js'
import { onInterrupt } from '../interrupt.js'
import { filePath, whole } from '../options.js'
import { createOutput, type Output } from '../output.js'
import type { ProcessOutcome } from '../sweep/process.js'
import { jobLabel, scoreText } from '../sweep/view.js'

export function defineWorker(program: Command): void {
  program
    .command('worker')
    .description('run jobs of seqlab sweep --queue on this machine, until it is stopped')
    .requiredOption('--queue <url>', 'the Redis server: redis://host:6379', filePath)
    .option('--jobs <n>', 'jobs at a time', whole(1, 1024), 1)
    .option(
      '--lease <seconds>',
      'after how long without a sign of life a job goes to another worker',
      whole(1, 3600),
      30,
    )
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const { workQueue } = await import('../sweep/queue-worker.js')
      const interrupt = onInterrupt(() => output.warn('stopping; the jobs that run here go back to the queue'))
      try {
        await workQueue({
          url: options.queue,
          jobs: options.jobs,
          lease: options.lease,
          signal: interrupt.signal,
          onReady: () => output.line('waiting for jobs'),
          onEnd: (job, outcome) => report(output, job, outcome),
          warn: output.warn,
        })
      } finally {
        interrupt.dispose()
      }
    })
}

function report(output: Output, job: PlannedJob, outcome: ProcessOutcome): void {
  const text = outcomeText(outcome)
  output.event({ event: 'job', id: job.id, outcome: outcome.kind, text })
  output.line(`${jobLabel(job)} · ${text}`)
}

function outcomeText(outcome: ProcessOutcome): string {
  if (outcome.kind === 'done') return scoreText(outcome.result)
  return outcome.kind === 'interrupted' ? 'given back' : `failed: ${outcome.message.split('\n')[0]}`
}
