import type { Task } from '../task.js'
import { cogs } from './cogs.js'
import { counting } from './counting.js'
import { dyck } from './dyck.js'
import { inContextLanguage } from './in-context-language.js'
import { modularArithmetic } from './modular-arithmetic.js'
import { parity } from './parity.js'
import { permutationComposition } from './permutation-composition.js'
import { scan } from './scan.js'

export const stateTrackingTasks: readonly Task[] = [
  parity,
  modularArithmetic,
  permutationComposition,
  dyck,
  counting,
  inContextLanguage,
  scan,
  cogs,
]
