/** Where registered corpora are remembered: SEQLAB_HOME, else .seqlab in the user's home folder. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function dataHome(): string {
  return process.env.SEQLAB_HOME ?? join(homedir(), '.seqlab')
}
