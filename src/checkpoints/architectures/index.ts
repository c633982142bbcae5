/** The architectures that can be read, one line each. */
import type { Architecture } from '../architecture.js'
import { gpt2 } from './gpt2.js'

export const architectures: readonly Architecture[] = [gpt2]
