/** The command line: options to library calls, results to lines. */

import { Command, CommanderError } from 'commander'
import { UserError } from '../platform/errors.js'
import { setPlatform } from '../platform/index.js'
import { nodePlatform } from '../platform/node.js'
import { commands } from './commands/index.js'
import { packageVersion } from './version.js'

/** Runs a command; resolves to the exit code: 0, 1 when a check failed, 2 for a mistake in what was given, 130 after Ctrl-C. */
export async function main(args: readonly string[]): Promise<number> {
  setPlatform(nodePlatform)
  let code = 0
  const program = new Command('seqlab')
    .description('Train, compare and look into efficient sequence models.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'seqlab: ')) })
  for (const define of commands) {
    define(program, (result) => {
      code = result
    })
  }
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput(program.configureOutput())
    command.commands.forEach(configure)
  }
  program.commands.forEach(configure)
  try {
    await program.parseAsync(args as string[], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof UserError)) throw error
    process.stderr.write(`${`seqlab: ${error.message}`.split('\n').slice(0, 4).join('\n')}\n`)
    return 2
  }
}
