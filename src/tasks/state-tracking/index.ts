import type { Task } from '../task.js'

export const stateTrackingTasks: readonly Task[] = []
