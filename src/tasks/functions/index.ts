import type { Task } from '../task.js'

export const functionTasks: readonly Task[] = []
