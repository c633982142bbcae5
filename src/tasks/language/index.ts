import type { Task } from '../task.js'

export const languageTasks: readonly Task[] = []
