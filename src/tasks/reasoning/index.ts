import type { Task } from '../task.js'

export const reasoningTasks: readonly Task[] = []
