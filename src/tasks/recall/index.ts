import type { Task } from '../task.js'
import { copying } from './copying.js'
import { inContextRecall } from './in-context-recall.js'
import { inductionHeads } from './induction-heads.js'
import { listRetrieval } from './list-retrieval.js'
import { mqar } from './mqar.js'
import { needle } from './needle.js'
import { passkey } from './passkey.js'
import { selectiveCopying } from './selective-copying.js'

export const recallTasks: readonly Task[] = [
  mqar,
  inContextRecall,
  inductionHeads,
  copying,
  selectiveCopying,
  passkey,
  needle,
  listRetrieval,
]
