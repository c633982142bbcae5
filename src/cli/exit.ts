/** How the process ends: exit codes, and what is said about failures. */
import { CommanderError } from 'commander'
import { UserError } from '../platform/errors.js'

/** A mistake in what was given. */
const mistakeCode = 2
/** A failure that no input should cause: EX_SOFTWARE of sysexits.h. */
const failureCode = 70
export const interruptedCode = 130

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
  const fix = 'this should not happen – report it with the command and what SEQLAB_DEBUG=1 prints'
  say(`failed: ${message.split('\n')[0]}\n${fix}`)
  return failureCode
}

function say(message: string): void {
  process.stderr.write(`${`seqlab: ${message}`.split('\n').slice(0, 4).join('\n')}\n`)
}

/**
 * Ends the process at once as the signal would. `process.exit` would first stop the executor's thread, and ONNX Runtime
 * aborts with a message of its own when that happens in the middle of a run.
 */
export function endBy(signal: NodeJS.Signals): void {
  // Taking a listener away sets the signal back to what it does by default; Node ignores some from the start.
  process.on(signal, endBy).removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** Failures outside of any command's reach end the process as readably as the others. */
export function tellStrayFailures(): void {
  process.on('uncaughtException', (error) => {
    told(error)
    endBy('SIGTERM')
  })
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read the output went away.
      if (error.code === 'EPIPE') endBy('SIGPIPE')
      else throw error
    })
  }
}
