import type { Task } from '../task.js'
import { booleanFunctions } from './boolean-functions.js'
import { linearRegression } from './linear-regression.js'
import { sparseRegression } from './sparse-regression.js'
import { switchingMixture } from './switching-mixture.js'

export const functionTasks: readonly Task[] = [linearRegression, sparseRegression, booleanFunctions, switchingMixture]
