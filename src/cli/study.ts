/** Comparing models on tasks: from options to a plan, its jobs in processes of their own, the report. */
import type { Command } from 'commander'
import type { JobSpec } from '../evaluation/jobs/job.js'
import { planJobs } from '../evaluation/jobs/plan.js'
import { jobStore } from '../evaluation/jobs/store.js'
import { assembleStudy } from '../evaluation/study/assemble.js'
import { type StudyPlan, type StudyPlanInput, studyPlan } from '../evaluation/study/plan.js'
import { studyPresets } from '../evaluation/study/presets.js'
import { writeStudy } from '../evaluation/study/report/write.js'
import { cellsOf, runStudy } from '../evaluation/study/run.js'
import type { StudyEntry } from '../evaluation/study/types.js'
import { parseWith, settingValue } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { choiceText } from '../tasks/index.js'
import { interruptedCode } from './exit.js'
import { onInterrupt } from './interrupt.js'
import { thisMachine, userCorpora } from './jobs.js'
import type { Output } from './output.js'
import { runPool } from './sweep/pool.js'
import { writeTable } from './sweep/results.js'
import { sweepView } from './sweep/view.js'
import { table } from './table.js'
import { taskFrom } from './task.js'
import { settingsFrom } from './training-options.js'
import { packageVersion } from './version.js'

export interface StudyOptions {
  readonly out: string
  readonly workers?: number
  readonly threads?: number
}

/** The plan that the options of compare describe, or the named one. */
export async function planFrom(options: Record<string, any>, command: Command): Promise<StudyPlan> {
  if (options.study !== undefined) return studyPlan.parse(studyPresets[options.study])
  const { context, evaluateEvery, validation, frozen, ...training } = settingsFrom(options)
  const isText = command.getOptionValueSource('context') === 'cli'
  const input: StudyPlanInput = {
    title: `${options.models.join(', ')} on ${options.tasks.join(', ')}`,
    question: 'Which of these mechanisms does best on these tasks, and at what cost?',
    contestants: options.models.map((model: string) => contestantFrom(model, options.set)),
    tasks: await Promise.all(withLengths(options.tasks, options.lengths).map(fixedTask)),
    sizes: options.sizes?.map(sizeFrom) ?? [{}],
    training: { ...training, ...(isText && { context }), ...(evaluateEvery !== undefined && { evaluateEvery }) },
    budget: budgetFrom(options),
    match: options.match,
    rates: options.rates ?? [options.lr],
    searchSeeds: options.searchSeeds,
    seeds: options.seeds,
    solvedAt: options.solvedAt,
    difficulty: options.difficulty,
    examples: options.examples,
    decode: options.decode,
  }
  return parseWith(studyPlan, input, 'compare')
}

function budgetFrom({ flops, seconds }: Record<string, any>): StudyPlanInput['budget'] {
  if (flops !== undefined && seconds !== undefined)
    throw new UserError('compare: a budget is in --flops or in --seconds, got both – leave one out')
  if (flops !== undefined) return { kind: 'flops', value: flops }
  return seconds === undefined ? { kind: 'steps' } : { kind: 'time', value: seconds }
}

/** PRESET[:setting=value…]; what is set for all goes first. */
function contestantFrom(choice: string, shared: readonly string[]): StudyPlanInput['contestants'][number] {
  const [model, ...own] = choice.split(':')
  return { name: choice, model, set: Object.fromEntries([...shared, ...own].map((text) => settingOf(text, choice))) }
}

const sizeFrom = (size: string): Record<string, number> =>
  Object.fromEntries(size.split(':').map((text) => settingOf(text, size) as [string, number]))

function settingOf(text: string, where: string): [string, any] {
  const at = text.indexOf('=')
  if (at < 1) throw new UserError(`compare: expected setting=value, got "${text}" in ${where} – for example dim=64`)
  return [text.slice(0, at), settingValue(text.slice(at + 1))]
}

const withLengths = (tasks: readonly string[], lengths: readonly number[] | undefined): string[] =>
  lengths ? tasks.flatMap((task) => lengths.map((length) => `${task}:length=${length}`)) : [...tasks]

/** An own task is named with its content: results of another content are not its results. */
async function fixedTask(choice: string): Promise<string> {
  const chosen = await taskFrom(choice)
  return chosen.file === undefined ? choice : choiceText(chosen, chosen.file)
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
