/** Where seqlab keeps its own files: SEQLAB_HOME, else .seqlab in the user's home folder. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Registered corpora. */
export function dataHome(): string {
  return process.env.SEQLAB_HOME || join(homedir(), '.seqlab')
}

/** The tokens of large texts, made once for all runs. */
export function tokensFolder(): string {
  return join(dataHome(), 'tokens')
}

/** Sessions of `seqlab serve`. */
export function sessionsFolder(): string {
  return join(dataHome(), 'sessions')
}
