/** Comparing models on tasks: the jobs of a plan in processes of their own, then the report. */
import type { JobSpec } from '../evaluation/jobs/job.js'
import { planJobs } from '../evaluation/jobs/plan.js'
import { jobStore } from '../evaluation/jobs/store.js'
import { assembleStudy } from '../evaluation/study/assemble.js'
import type { StudyPlan } from '../evaluation/study/plan.js'
import { writeStudy } from '../evaluation/study/report/write.js'
import { cellsOf, runStudy } from '../evaluation/study/run.js'
import type { StudyEntry } from '../evaluation/study/types.js'
import { platform } from '../platform/index.js'
import { interruptedCode } from './exit.js'
import { onInterrupt } from './interrupt.js'
import { thisMachine, userCorpora } from './jobs.js'
import type { Output } from './output.js'
import { runPool } from './sweep/pool.js'
import { writeTable } from './sweep/results.js'
import { sweepView } from './sweep/view.js'
import { table } from './table.js'
import { taskFrom } from './task.js'
import { packageVersion } from './version.js'

export interface StudyOptions {
  readonly out: string
  readonly workers?: number
  readonly threads?: number
}

/** Resolves to the exit code. */
export async function compareOnTasks(
  plan: StudyPlan,
  { out, workers, threads = 1 }: StudyOptions,
  command: string,
  output: Output,
): Promise<number> {
  const store = jobStore(out)
  const atATime = workers ?? Math.max(1, Math.floor(platform().cores / threads))
  const interrupt = onInterrupt(() =>
    output.warn('stopping the running jobs; everything done is kept – the same command continues'),
  )
  try {
    const runJobs = async (specs: readonly JobSpec[]) => {
      const jobs = specs.map((spec) => ({ ...spec, threads }))
      const view = sweepView(output)
      await runPool({ jobs, store, workers: atATime, signal: interrupt.signal, onEvent: view.update }).finally(view.end)
      if (interrupt.signal.aborted) throw new Interrupted()
      const ids = await Promise.all(jobs.map(async (spec) => (await planJobs([spec]))[0].id))
      return Promise.all(ids.map(async (id) => ((await store.isDone(id)) ? store.result(id) : undefined)))
    }
    const measured = await runStudy(plan, await cellsOf(plan, userCorpora(), taskFrom), runJobs)
    const machine = { ...thisMachine(), threads, workers: atATime }
    const report = assembleStudy(plan, measured, { command, version: packageVersion(), machine })
    const { html, json } = await writeStudy(out, report)
    await writeTable(store)
    for (const row of tableOf(report.entries)) output.line(row)
    output.result({ event: 'done', report: html, data: json, entries: report.entries.map(summary) })
    return 0
  } catch (error) {
    if (error instanceof Interrupted) return interruptedCode
    throw error
  } finally {
    interrupt.dispose()
  }
}

/** Ctrl-C: no error, and not a result either. */
class Interrupted extends Error {}

const summary = ({ mechanism, task, size, params, rate, score, best }: StudyEntry) => {
  return { mechanism, task, size, params, rate, score, best }
}

function tableOf(entries: readonly StudyEntry[]): string[] {
  const header = ['mechanism', 'task', 'parameters', 'rate', 'score', '95 % interval', 'best', 'state bytes']
  return table(
    header,
    entries.map(({ mechanism, task, params, rate, score, best, stateBytes }) => [
      mechanism,
      task,
      `${params}`,
      `${rate}`,
      score.mean.toFixed(4),
      `${score.low.toFixed(3)} … ${score.high.toFixed(3)}`,
      best.toFixed(4),
      `${stateBytes}`,
    ]),
  )
}
