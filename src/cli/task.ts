/** From --task to a task: one of the registry, or a user's own file. */
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { type ChosenTask, chooseTask, registeredTask } from '../tasks/index.js'
import { loadTask } from './own-module.js'

/**
 * NAME[:setting=value…], where NAME may be the path of a .ts, .js or .mjs file; PATH#DIGEST is one with this content.
 *
 * @throws UserError for a file that was changed since its digest was taken
 */
export async function taskFrom(choice: string): Promise<ChosenTask> {
  const [name, path, expected] = /^(.*?\.(?:ts|js|mjs))(?:#([0-9a-f]+))?(?=:|$)/.exec(choice) ?? []
  if (name === undefined) return registeredTask(choice)
  const task = await loadTask(path)
  const { files, sha256 } = platform()
  const digest = (await sha256(files.stream(path))).slice(0, 8)
  if (expected !== undefined && expected !== digest) {
    throw new UserError(
      `task ${path}: was changed since (${digest} instead of ${expected}) – name it again without #${expected}`,
    )
  }
  return { ...chooseTask(task.id + choice.slice(name.length), [task]), file: `${path}#${digest}` }
}
