/** What compare is asked on tasks: from options to a plan. */
import type { Command } from 'commander'
import { type StudyPlan, type StudyPlanInput, studyPlan } from '../evaluation/study/plan.js'
import { studyPresets } from '../evaluation/study/presets.js'
import { parseWith, settingValue } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { choiceText } from '../tasks/index.js'
import { taskFrom } from './task.js'
import { settingsFrom } from './training-options.js'

/** The options of compare, beside those of training. */
export interface PlanOptions {
  readonly study?: string
  readonly models: readonly string[]
  readonly set: readonly string[]
  readonly tasks: readonly string[]
  readonly lengths?: readonly number[]
  readonly sizes?: readonly string[]
  readonly match: boolean
  readonly flops?: number
  readonly seconds?: number
  readonly lr: number
  readonly rates?: readonly number[]
  readonly searchSeeds: readonly number[]
  readonly seeds: readonly number[]
  readonly solvedAt?: number
  readonly difficulty: readonly number[]
  readonly examples: number
  readonly decode: number
}

type Contestant = StudyPlanInput['contestants'][number]
type Setting = NonNullable<Contestant['set']>[string]

/** The plan that the options of compare describe, or the named one. */
export async function planFrom(options: PlanOptions, command: Command): Promise<StudyPlan> {
  if (options.study !== undefined) return studyPlan.parse(studyPresets[options.study])
  const { context, evaluateEvery, validation, frozen, ...training } = settingsFrom({ ...options })
  const isText = command.getOptionValueSource('context') === 'cli'
  const input: StudyPlanInput = {
    title: `${options.models.join(', ')} on ${options.tasks.join(', ')}`,
    question: 'Which of these mechanisms does best on these tasks, and at what cost?',
    contestants: options.models.map((model) => contestantFrom(model, options.set)),
    tasks: await Promise.all(withLengths(options.tasks, options.lengths).map(fixedTask)),
    sizes: options.sizes?.map(sizeFrom) ?? [{}],
    training: { ...training, ...(isText && { context }), ...(evaluateEvery !== undefined && { evaluateEvery }) },
    budget: budgetFrom(options),
    match: options.match,
    rates: [...(options.rates ?? [options.lr])],
    searchSeeds: [...options.searchSeeds],
    seeds: [...options.seeds],
    solvedAt: options.solvedAt,
    difficulty: [...options.difficulty],
    examples: options.examples,
    decode: options.decode,
  }
  return parseWith(studyPlan, input, 'compare')
}

function budgetFrom({ flops, seconds }: PlanOptions): StudyPlanInput['budget'] {
  if (flops !== undefined && seconds !== undefined)
    throw new UserError('compare: a budget is in --flops or in --seconds, got both – leave one out')
  if (flops !== undefined) return { kind: 'flops', value: flops }
  return seconds === undefined ? { kind: 'steps' } : { kind: 'time', value: seconds }
}

/** PRESET[:setting=value…]; what is set for all goes first. */
function contestantFrom(choice: string, shared: readonly string[]): Contestant {
  const [model, ...own] = choice.split(':')
  return { name: choice, model, set: Object.fromEntries([...shared, ...own].map((text) => settingOf(text, choice))) }
}

const sizeFrom = (size: string): Record<string, number> =>
  Object.fromEntries(size.split(':').map((text) => settingOf(text, size) as [string, number]))

function settingOf(text: string, where: string): [string, Setting] {
  const at = text.indexOf('=')
  if (at < 1) throw new UserError(`compare: expected setting=value, got "${text}" in ${where} – for example dim=64`)
  return [text.slice(0, at), settingValue(text.slice(at + 1)) as Setting]
}

const withLengths = (tasks: readonly string[], lengths: readonly number[] | undefined): string[] =>
  lengths ? tasks.flatMap((task) => lengths.map((length) => `${task}:length=${length}`)) : [...tasks]

/** An own task is named with its content: results of another content are not its results. */
async function fixedTask(choice: string): Promise<string> {
  const chosen = await taskFrom(choice)
  return chosen.file === undefined ? choice : choiceText(chosen, chosen.file)
}
