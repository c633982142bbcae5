/** The registry of tasks: a list for each group. */
import { type ChooseTask, chooseTask } from './choose.js'
import { functionTasks } from './functions/index.js'
import { languageTasks } from './language/index.js'
import { reasoningTasks } from './reasoning/index.js'
import { recallTasks } from './recall/index.js'
import { signalTasks } from './signals/index.js'
import { stateTrackingTasks } from './state-tracking/index.js'
import type { Task } from './task.js'

export const tasks: readonly Task[] = [
  ...recallTasks,
  ...stateTrackingTasks,
  ...reasoningTasks,
  ...functionTasks,
  ...languageTasks,
  ...signalTasks,
]

/** A task of the registry. */
export const registeredTask: ChooseTask = (choice) => chooseTask(choice, tasks)

export * from './choose.js'
export { corpora } from './corpora.js'
export { type Generator, generated } from './generated.js'
export { type Collection, loaded } from './loaded.js'
export { createRandom, type Random } from './random.js'
export * from './task.js'
