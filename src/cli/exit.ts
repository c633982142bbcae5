/** How the process ends: exit codes, and what is said about failures. */
import { CommanderError } from 'commander'
import { UserError } from '../platform/errors.js'

/** A mistake in what was given. */
export const mistakeCode = 2
/** A failure that no input should cause: EX_SOFTWARE of sysexits.h. */
export const failureCode = 70
export const interruptedCode = 130
/** Whoever read the output went away: as a shell reports SIGPIPE. */
const brokenPipeCode = 141

/** The exit code for what a command threw, after telling it on stderr in one to four lines. */
export function told(error: unknown): number {
  // Commander has printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : mistakeCode
  if (error instanceof UserError) {
    say(error.message)
    return mistakeCode
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (process.env.SEQLAB_DEBUG) process.stderr.write(`${stack}\n`)
  say(
    `failed: ${message.split('\n')[0]}\nthis should not happen – report it with the command and what SEQLAB_DEBUG=1 prints`,
  )
  return failureCode
}

function say(message: string): void {
  process.stderr.write(`${`seqlab: ${message}`.split('\n').slice(0, 4).join('\n')}\n`)
}

/** Failures outside of any command's reach end the process as readably as the others. */
export function tellStrayFailures(): void {
  process.on('uncaughtException', (error) => process.exit(told(error)))
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(brokenPipeCode)
      throw error
    })
  }
}
