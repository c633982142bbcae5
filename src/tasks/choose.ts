/** From what a user writes, NAME[:setting=value…], to a task and its settings. */
import type { ModelConfigInput } from '../models/index.js'
import { parseWith, settingValue } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import type { ExampleSource, Task } from './task.js'

export interface ChosenTask<T extends Task = Task> {
  readonly task: T
  /** Complete: defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>
  /** The file of a user's own task, with a digest of its content: PATH#DIGEST. */
  readonly file?: string
}

/** Finds the task that a choice names. */
export type ChooseTask = (choice: string) => ChosenTask | Promise<ChosenTask>

/** @throws UserError for an unknown task or setting, and for values that do not fit */
export function chooseTask(choice: string, among: readonly Task[]): ChosenTask {
  const [name, ...settings] = choice.split(':')
  const task = among.find(({ id }) => id === name)
  if (!task) {
    const names = among.map(({ id }) => id).join(', ')
    throw new UserError(`task: none is called "${name}" – use one of ${names}`)
  }
  const given = Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=')
      if (at > 0) return [setting.slice(0, at), settingValue(setting.slice(at + 1))]
      throw new UserError(`task ${name}: expected setting=value, got "${setting}" – write ${name}:setting=value`)
    }),
  )
  return { task, config: configOf(task, given) }
}

/** The settings of a task, completed. @throws UserError for unknown ones and values that do not fit */
export function configOf(task: Task, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return parseWith(task.config, given, `task ${task.id}`)
}

/** The choice as a user would write it, settings in alphabetical order. `name`: another way to say which task. */
export function choiceText({ task, config }: ChosenTask, name = task.id): string {
  const settings = Object.keys(config)
    .sort()
    .map((key) => `:${key}=${typeof config[key] === 'string' ? config[key] : JSON.stringify(config[key])}`)
  return name + settings.join('')
}

/** What a model for a task takes in and gives out. */
export function modelInterface({ input, output, length }: ExampleSource): Partial<ModelConfigInput> {
  return {
    input,
    maxPositions: length,
    ...(output.kind === 'values' && { head: { kind: 'regression', outputs: output.outputs, pool: 'none' } }),
  }
}
