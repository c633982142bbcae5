import type { Task } from '../task.js'

export const recallTasks: readonly Task[] = []
