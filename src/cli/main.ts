/** The command line: options to library calls, results to lines. */
import { Command } from 'commander'
import { setPlatform } from '../platform/index.js'
import { nodePlatform } from '../platform/node.js'
import { definitionsOf } from './commands/index.js'
import { told } from './exit.js'
import { refuseRepeats } from './once.js'
import { packageVersion } from './version.js'

/** Runs a command; resolves to the exit code: 0, 1 when a check failed, or one of exit.ts. */
export async function main(args: readonly string[]): Promise<number> {
  setPlatform(nodePlatform)
  let code = 0
  const program = new Command('seqlab')
    .description('Train, compare and look into efficient sequence models.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'seqlab: ')) })
  for (const define of await definitionsOf(args[0])) {
    define(program, (result) => {
      code = result
    })
  }
  const configure = (command: Command): void => {
    command.exitOverride().configureOutput(program.configureOutput())
    refuseRepeats(command)
    command.commands.forEach(configure)
  }
  program.commands.forEach(configure)
  try {
    await program.parseAsync(args as string[], { from: 'user' })
    return code
  } catch (error) {
    return told(error)
  }
}
