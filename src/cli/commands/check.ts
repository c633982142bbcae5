/** seqlab check */
import type { Command } from 'commander'
import { checkMechanism, type Report } from '../../evaluation/conformance/index.js'
import { UserError } from '../../platform/errors.js'
import { registry } from '../check/registry.js'
import { checkRegistry } from '../check/whole-registry.js'
import { createOutput } from '../output.js'
import { loadMechanism } from '../own-module.js'

export function defineCheck(program: Command, exit: (code: number) => void): void {
  program
    .command('check')
    .description('check that a mechanism keeps the contract: its forms agree, nothing leaks, gradients are right')
    .argument('[id|file]', 'a mechanism of the registry, or a TypeScript file with one of yours')
    .option('--all', 'check every mechanism of the registry, one on each processor at a time')
    .option('--json', 'print JSON lines only')
    .action(async (choice: string | undefined, options) => {
      const output = createOutput(options.json)
      for await (const report of options.all ? checkRegistry() : checkOne(choice)) {
        output.event(report)
        for (const { name, maxError, limit, pass } of report.checks) {
          output.line(
            `${pass ? '✓' : '✗'} ${report.mechanism.padEnd(16)} ${name.padEnd(48)} ${maxError.toExponential(1)} of ${limit.toExponential(0)}`,
          )
        }
        if (report.checks.some(({ pass }) => !pass)) exit(1)
      }
    })
}

async function* checkOne(choice: string | undefined): AsyncGenerator<Report> {
  yield await checkMechanism(await chosen(choice))
}

async function chosen(choice: string | undefined) {
  if (choice === undefined) throw new UserError('check: name a mechanism or a file, or give --all')
  if (/\.[cm]?[jt]s$/.test(choice)) return loadMechanism(choice)
  const found = registry.find(({ id }) => id === choice)
  if (found) return found
  throw new UserError(
    `check: no mechanism is called "${choice}" – use one of ${registry.map(({ id }) => id).join(', ')}, or a .ts file`,
  )
}
