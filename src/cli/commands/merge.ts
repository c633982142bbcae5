/** seqlab merge */
import type { Command } from 'commander'
import { mergeRun } from '../../training/index.js'
import { filePath } from '../options.js'
import { createOutput } from '../output.js'

export function defineMerge(program: Command): void {
  program
    .command('merge')
    .description(
      'write a run that was trained with low-rank adapters as one without: their updates added to its matrices',
    )
    .requiredOption('--run <dir>', 'folder of a finished run with adapters', filePath)
    .requiredOption('--out <dir>', 'a new folder', filePath)
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      await mergeRun(options.run, options.out)
      output.line(options.out)
      output.event({ event: 'done', out: options.out })
    })
}
