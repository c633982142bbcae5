/** seqlab data */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addCorpus, listCorpora, sizeInWords } from '../../data/index.js'
import { dataHome } from '../home.js'
import { createOutput } from '../output.js'

export function defineData(program: Command): void {
  const data = program.command('data').description('register corpora that may not be redistributed')
  data
    .command('add <name> <path>')
    .description('register a file or folder of yours under a name, with its checksum')
    .option('--licence <text>', 'under which terms you have it', 'not given')
    .option('--json', 'print JSON lines only')
    .action(async (name, path, options) => {
      const record = await addCorpus({ home: dataHome(), name, path: resolve(path), licence: options.licence })
      createOutput(options.json).result(record)
    })
  data
    .command('list')
    .description('list registered corpora')
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const corpora = await listCorpora({ home: dataHome() })
      if (output.json) output.result({ corpora })
      else
        for (const record of corpora)
          output.line(`${record.name}  ${sizeInWords(record)}  ${record.path}  ${record.licence}`)
    })
}
