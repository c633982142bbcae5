/** From the form to plans, or to what is wrong with it, in the library's words beside the field they are about. */
import { createModel, parseWith, settingValue } from 'seqlab/models'
import { platform, UserError } from 'seqlab/platform'
import { type ChosenTask, choiceText, type ExampleSource, modelInterface, registeredTask } from 'seqlab/tasks'
import {
  carriesState,
  checkPredicts,
  checkSequences,
  optimizers,
  requireTrainingMemory,
  trainingSettings,
} from 'seqlab/training'
import { executors, modelOf, type Plan } from '../runs/plan.js'
import { listTexts } from '../runs/texts.js'
import { modelOfWord } from './choices.js'
import { fieldOf, type Setup } from './setup.js'

export const sizeFields = ['dim', 'layers', 'heads'] as const
export const budgetFields = ['steps', 'batch', 'context', 'rate', 'seed'] as const
export const moreFields = [
  'evaluateEvery',
  'saveEvery',
  'schedule',
  'warmup',
  'optimizer',
  'weightDecay',
  'clip',
  'patience',
] as const
export const tokenizers = ['char', 'byte', 'word'] as const

export interface Checked {
  readonly plans: readonly Plan[]
  /** By field; those of a model under its word, those of the lesson under `lesson` or the task's setting. */
  readonly problems: Readonly<Record<string, string>>
  /** An example, where a task was chosen. */
  readonly sample?: { readonly input: string; readonly answer: string }
}

export const threadsFor = (models: number) => Math.max(1, Math.floor(platform().cores / Math.max(1, models)))

export async function checked(setup: Setup): Promise<Checked> {
  const problems: Record<string, string> = {}
  const { training, threads, executor } = settingsOf(setup, problems)
  const lesson = await lessonOf(setup, problems)
  const size = valuesOf(setup, sizeFields)
  const plans: Plan[] = []
  for (const word of setup.models) {
    const { choice, set } = modelOfWord(word)
    const plan: Plan = {
      model: choice,
      set: { ...size, ...set },
      lesson: lesson.part,
      tokenizer: fieldOf(setup, 'tokenizer'),
      training,
      threads,
      executor,
    }
    plans.push(plan)
    attempt(problems, word, () => checkModel(plan, lesson.source), sizeFields)
  }
  if (setup.models.length === 0) problems.models = 'Choose at least one mechanism.'
  return { plans, problems, sample: lesson.sample }
}

function settingsOf(setup: Setup, problems: Record<string, string>) {
  const training = valuesOf(setup, [...budgetFields, ...moreFields])
  attempt(problems, 'steps', () => parseWith(trainingSettings, training, 'training'))
  const text = fieldOf(setup, 'threads')
  const threads = text === '' ? threadsFor(setup.models.length) : Number(text)
  const { cores } = platform()
  if (!Number.isInteger(threads) || threads < 1 || threads > cores)
    problems.threads = `must be a whole number from 1 to ${cores}, the processors of this page, got ${text}`
  const kind = fieldOf(setup, 'executor')
  const executor = executors.find((name) => name === kind)
  if (!executor) problems.executor = `must be ${executors.join(' or ')}, got ${kind}`
  return { training, threads, executor }
}

/** Empty fields have the library's defaults. */
const valuesOf = (setup: Setup, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const text = fieldOf(setup, name).trim()
      return text === '' ? [] : [[name, settingValue(text)]]
    }),
  )

interface OpenedLesson {
  readonly part: Plan['lesson']
  readonly source?: ExampleSource
  readonly sample?: Checked['sample']
}

async function lessonOf({ lesson }: Setup, problems: Record<string, string>): Promise<OpenedLesson> {
  const [kind, ...rest] = lesson.split(':')
  const name = rest.join(':')
  if (kind !== 'task') {
    if (!(await listTexts()).includes(name)) problems.lesson = `The text ${name} is not in this browser – add its file.`
    return { part: { kind: 'text', name } }
  }
  let chosen: ChosenTask | undefined
  try {
    chosen = await registeredTask(name)
    if (chosen.task.kind !== 'examples' || chosen.task.corpus)
      throw new UserError(`task ${chosen.task.id}: needs a corpus that may not be passed on – use the command line`)
    const source = await chosen.task.open(chosen.config, { path: async () => '' })
    const example = source.show(source.example('train', 0, 1))
    return { part: { kind: 'task', choice: choiceText(chosen) }, source, sample: example }
  } catch (error) {
    note(problems, 'lesson', error, Object.keys(chosen?.config ?? {}))
    return { part: { kind: 'task', choice: name } }
  }
}

/** What can be told without tracing the model. Of a text, how many tokens there will be is not known yet. */
function checkModel(plan: Plan, source?: ExampleSource): void {
  const model = createModel(modelOf(plan, source ? modelInterface(source) : {}))
  if (source === undefined) checkPredicts(model)
  const settings = trainingSettings.safeParse(plan.training)
  if (!settings.success) return
  const { batch, context, optimizer } = settings.data
  const carry = source === undefined && carriesState(model, settings.data)
  const shape = { batch, context: source?.length ?? context, carry }
  checkSequences(model, shape)
  requireTrainingMemory(model, optimizers[optimizer](), shape)
}

function attempt(
  problems: Record<string, string>,
  field: string,
  action: () => void,
  others: readonly string[] = [],
): void {
  try {
    action()
  } catch (error) {
    note(problems, field, error, others)
  }
}

/** Puts each line of a message beside the field that it names: one of the settings, or of `others`, as in `gla: heads must …`. */
function note(problems: Record<string, string>, otherwise: string, error: unknown, others: readonly string[]): void {
  if (!(error instanceof UserError)) throw error
  for (const line of error.message.split('\n')) {
    const named = /^(?:model|training|task [\w-]+)\.(\w+): (.*)$/s.exec(line) ?? /^--(context): (.*)$/s.exec(line)
    const other = /^[\w-]+: (\w+) must/.exec(line)?.[1]
    const field = named?.[1] ?? (other && others.includes(other) ? other : otherwise)
    problems[field] ??= named?.[2] ?? line
  }
}
