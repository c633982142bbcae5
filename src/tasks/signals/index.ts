import type { Task } from '../task.js'
import { adding } from './adding.js'
import { drawnImages } from './drawn-images.js'

export const signalTasks: readonly Task[] = [adding, drawnImages]
