import type { Task } from '../task.js'
import { blimp } from './blimp.js'
import { enwik8 } from './enwik8.js'
import { gutenberg } from './gutenberg.js'
import { lambada } from './lambada.js'
import { tinyshakespeare } from './tinyshakespeare.js'
import { tinystories } from './tinystories.js'
import { wikitext } from './wikitext.js'

export const languageTasks: readonly Task[] = [
  tinyshakespeare,
  wikitext,
  enwik8,
  tinystories,
  gutenberg,
  lambada,
  blimp,
]
