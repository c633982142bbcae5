/** seqlab export */
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { exportOnnx } from '../../inference/index.js'
import { loadTextRun } from '../../training/index.js'
import { filePath, whole } from '../options.js'
import { createOutput } from '../output.js'

export function defineExport(program: Command): void {
  program
    .command('export')
    .description('write a trained model in a format that others read')
    .requiredOption('--run <dir>', 'folder of a training run', filePath)
    .addOption(new Option('--format <name>', 'the format').choices(['onnx']).default('onnx'))
    .option('--out <dir>', 'where to write (a folder "export" in the run)', filePath)
    .option('--batch <n>', 'rows of the exported models', whole(1), 1)
    .option('--context <n>', 'tokens of the whole-sequence model (as trained)', whole(1))
    .option('--capacity <n>', 'tokens that caches of the step model have room for', whole(1))
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const { model, tokenizer, parameters, settings } = await loadTextRun(options.run)
      const { files } = await exportOnnx(options.out ?? join(options.run, 'export'), {
        model,
        parameters,
        tokenizer: tokenizer.toJSON(),
        batch: options.batch,
        context: options.context ?? settings.context,
        capacity: options.capacity,
      })
      for (const file of files) output.line(file)
      output.event({ event: 'done', files })
    })
}
