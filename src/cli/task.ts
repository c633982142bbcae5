/** From --task to a task: one of the registry, or a user's own file. */
import { type ChosenTask, chooseTask, tasks } from '../tasks/index.js'
import { loadTask } from './own-module.js'

/** NAME[:setting=value…], where NAME may be the path of a .ts, .js or .mjs file. */
export async function taskFrom(choice: string): Promise<ChosenTask> {
  const file = /^.*?\.(ts|js|mjs)(?=:|$)/.exec(choice)?.[0]
  if (file === undefined) return chooseTask(choice, tasks)
  const task = await loadTask(file)
  return chooseTask(task.id + choice.slice(file.length), [task])
}
