import type { Task } from '../task.js'
import { addition } from './addition.js'
import { babi } from './babi.js'
import { booleanSatisfiability } from './boolean-satisfiability.js'
import { causalAxioms } from './causal-axioms.js'
import { listops } from './listops.js'
import { maze } from './maze.js'
import { multiplication } from './multiplication.js'
import { naturalLanguageSatisfiability } from './natural-language-satisfiability.js'
import { sorting } from './sorting.js'

export const reasoningTasks: readonly Task[] = [
  addition,
  multiplication,
  sorting,
  maze,
  listops,
  booleanSatisfiability,
  naturalLanguageSatisfiability,
  causalAxioms,
  babi,
]
