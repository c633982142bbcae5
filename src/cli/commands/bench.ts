/** seqlab bench */
import type { Command } from 'commander'
import {
  type BenchCase,
  benchCases,
  findCase,
  measureCase,
  type Sides,
  tableHeader,
  tableRow,
} from '../../evaluation/bench/index.js'
import { platform } from '../../platform/index.js'
import { benchFamily, ownSide } from '../bench/family.js'
import { startProcess } from '../bench/side-process.js'
import { findTorch } from '../bench/torch.js'
import { list, numbers, whole } from '../options.js'
import { createOutput, type Output } from '../output.js'

export function defineBench(program: Command, exit: (code: number) => void): void {
  program
    .command('bench')
    .description('measure time and memory of training and generation, beside PyTorch where it is installed')
    .option('--cases <names>', 'cases, separated by commas (all)', list)
    .option(
      '--family <name>',
      'instead: how the training steps of a family’s mixers grow with the length, beside softmax',
    )
    .option('--mixers <ids>', 'with --family: some of its mixers, separated by commas (all)', list)
    .option('--lengths <n>', 'with --family: lengths, separated by commas (512 … 8192)', numbers)
    .option('--threads <n>', 'threads of either side of a case (all processors)', whole(1))
    .option('--json', 'print JSON lines only')
    .addHelpText(
      'after',
      `\nCases:\n${benchCases.map(({ name, summary }) => `  ${name.padEnd(11)} ${summary}`).join('\n')}`,
    )
    .action(async (options) => {
      const output = createOutput(options.json)
      if (options.family) {
        if (!(await benchFamily(options, output))) exit(1)
        return
      }
      const chosen = options.cases?.map(findCase) ?? benchCases
      const sides = await processes(chosen, output)
      output.line(tableHeader())
      for (const benchCase of chosen) {
        const line = await measureCase(benchCase, sides, { threads: options.threads ?? platform().cores })
        output.event(line)
        output.line(tableRow(line))
      }
    })
}

async function processes(chosen: readonly BenchCase[], output: Output): Promise<Sides> {
  const startTorch = chosen.some(({ frame }) => frame) ? await findTorch() : undefined
  if (!startTorch && chosen.some(({ frame }) => frame))
    output.warn('bench: no python3 with PyTorch was found, so its columns stay empty')
  return {
    own: (name, workload, threads) => startProcess(process.execPath, [ownSide, name, workload, `${threads}`]),
    async torch(frame, threads) {
      try {
        return await startTorch?.(frame, threads)
      } catch (error) {
        output.warn(`bench: the PyTorch side did not start (${(error as Error).message})`)
        return undefined
      }
    },
  }
}
