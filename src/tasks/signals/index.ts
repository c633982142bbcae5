import type { Task } from '../task.js'

export const signalTasks: readonly Task[] = []
